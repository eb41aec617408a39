/** The role's validator is called as the unit calls haproxy: a section `program` needs its master. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const tasks = readFileSync(join(import.meta.dirname, '../../roles/haproxy/tasks/main.yml'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-validate-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

test('a configuration with a program is accepted', () => {
  const [, command = ''] = /^ *validate: (haproxy .*)$/m.exec(tasks) ?? []
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, 'global\nprogram agent\n  command /bin/true\n')
  const [program = '', ...words] = command
    .replace('{{haproxy_options}} ', '')
    .replace('%s', file)
    .split(' ')
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  const plain = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' })
  assert.is(plain.status, 1, 'the case is that of real life')
})

test.run()

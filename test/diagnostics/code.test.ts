import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { codes, severityOf } from '../../agent/diagnostics/code.ts'
import type { Code } from '../../agent/diagnostics/code.ts'
import { distinct, warn, warnAt } from '../../agent/diagnostics/warning.ts'

const agent = join(import.meta.dirname, '../../agent')
const registry = 'diagnostics/code.ts'
const all = Object.keys(codes) as Code[]

test('codes are in kebab case', () => {
  for (const code of all) assert.match(code, /^[a-z]+(-[a-z]+)*$/)
})

test('every code is made somewhere', () => {
  const source = readdirSync(agent, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== registry)
    .map((file) => readFileSync(join(agent, file), 'utf8'))
    .join('\n')
  assert.equal(
    all.filter((code) => !source.includes(`'${code}'`)),
    [],
  )
})

test('what has put itself right is a notice, all else a warning', () => {
  assert.is(severityOf('mirror-rebuilt'), 'notice')
  assert.is(severityOf('remote-unreachable'), 'warning')
})

test('a warning about a place says where it is', () => {
  const place = { file: 'inventory/hosts.yml', line: 3, key: 'lb1' }
  assert.equal(warnAt('inventory-shared-name', { place, message: 'two of a name' }), {
    code: 'inventory-shared-name',
    severity: 'warning',
    text: 'inventory/hosts.yml:3 lb1: two of a name',
    place,
  })
})

test('the same warning counts once, another sentence of the same code does not', () => {
  const [one, two] = [warn('server-down', 'web1'), warn('server-down', 'web2')]
  assert.equal(distinct([one, two, { ...one }]), [one, two])
})

test.run()

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createStage } from '../../agent/apply/stage.ts'
import { createSystem } from '../../agent/system/create-system.ts'

const base = fs.mkdtempSync(join(tmpdir(), 'evenkeel-stage-'))
/** Of a user. */
const theirs = join(base, 'theirs')
const outside = join(base, 'outside')

test.before(() => {
  fs.chmodSync(base, 0o755)
  fs.mkdirSync(join(theirs, 'conf'), { recursive: true })
  fs.mkdirSync(outside)
  fs.chownSync(theirs, 65_534, 65_534)
  fs.writeFileSync(join(theirs, 'conf/app.conf'), 'old')
  fs.writeFileSync(join(theirs, 'conf/other.conf'), 'other')
  fs.writeFileSync(join(outside, 'app.conf'), 'secret', { mode: 0o600 })
})
test.after(() => fs.rmSync(base, { recursive: true }))

test('a validator finds the staged file, whatever a user puts in the place of its folder', async () => {
  const path = join(theirs, 'conf/app.conf')
  const file = { path, content: Buffer.from('new'), mode: 0o644, owner: 'root', group: 'root' }
  const stage = await createStage([file], join(base, 'run/stage'), createSystem())
  const [begun, swapped] = [join(base, 'begun'), join(base, 'swapped')]
  execFileSync('mkfifo', [begun, swapped])
  const script = `: >${begun}; read -r line <${swapped}; cat "$0" "$1"`
  try {
    assert.ok(stage.isOverlaid)
    const other = join(theirs, 'conf/other.conf')
    const running = stage.run(['sh', '-c', script, path, other])
    // When everything is mounted
    await readFile(begun)
    fs.renameSync(join(theirs, 'conf'), join(theirs, 'moved'))
    fs.symlinkSync(outside, join(theirs, 'conf'))
    await writeFile(swapped, 'go on\n')
    const { stdout } = await running
    assert.match(stdout, /^new/)
    assert.not.match(stdout, /secret/)
    assert.is(fs.readFileSync(join(theirs, 'moved/app.conf'), 'utf8'), 'old')
  } finally {
    await stage.dispose()
  }
  assert.not.ok(fs.existsSync(join(base, 'run/stage')))
})

test.run()

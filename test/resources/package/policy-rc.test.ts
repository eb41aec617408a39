import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  hasLeftover,
  installing,
  restorePolicy,
  withoutServiceStarts,
} from '../../../agent/resources/package/policy-rc.ts'
import type { Machine } from '../../fake-machine.ts'
import { fakeSystem } from '../../fake-system.ts'
import type { FakeSystem } from '../../fake-system.ts'

const policy = '/usr/sbin/policy-rc.d'
const own = { content: '#!/bin/sh\nexit 0\n', mode: '0755' }

/** A machine that crashes before its n-th write. */
function crashAt(step: number, files: Machine['files'] = {}): FakeSystem {
  const system = fakeSystem({ files })
  const crash = (): void => {
    if (system.done.length >= step) throw new Error('crash')
  }
  return {
    ...system,
    async writeFile(path, file) {
      crash()
      await system.writeFile(path, file)
    },
    async remove(path) {
      crash()
      await system.remove(path)
    },
  }
}

function show(content: Uint8Array | null): string {
  return new TextDecoder().decode(content ?? new Uint8Array())
}

for (const files of [{}, { [policy]: own }]) {
  for (let step = 0; step < 5; step++) {
    const kept = files[policy] === undefined ? 'none' : 'its own'
    test(`a crash at write ${step} leaves the node ${kept} policy`, async () => {
      const crashed = crashAt(step, files)
      await withoutServiceStarts(crashed, async () => {}).catch(() => {})
      const after = fakeSystem(crashed.machine())
      await restorePolicy(after)
      assert.is(await hasLeftover(after), false)
      assert.is(show(await after.readFile(policy)), files[policy]?.content ?? '')
      assert.equal(await after.list('/usr/sbin'), files[policy] ? ['policy-rc.d'] : null)
    })
  }
}

/** Asks our policy, as it is on the disk of a node during an installation. */
async function ask(
  argv: readonly string[],
  { isOurs = true, isActive = false, own = '' }: Asked = {},
): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-policy-'))
  try {
    const system = fakeSystem({ files: own === '' ? {} : { [policy]: { content: own } } })
    let text = ''
    await withoutServiceStarts(system, async () => {
      text = show(await system.readFile(policy))
    })
    const put = (name: string, content: string): void =>
      writeFileSync(join(folder, name), content, { mode: 0o755 })
    put('policy-rc.d', text.replaceAll(`${policy}.before`, join(folder, 'policy-rc.d.before')))
    if (own !== '') put('policy-rc.d.before-evenkeel', own)
    put('systemctl', `#!/bin/sh\n[ "$*" = "is-active --quiet x" ] && exit ${isActive ? 0 : 3}\n`)
    const env = { PATH: `${folder}:${process.env['PATH']}`, ...(isOurs && installing) }
    return spawnSync(join(folder, 'policy-rc.d'), argv, { env }).status
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Asked {
  /** Whether it is our installation that asks. */
  readonly isOurs?: boolean
  readonly isActive?: boolean
  /** Text of the node's own policy. */
  readonly own?: string
}

test('our installations start nothing, and end nothing that runs', async () => {
  assert.is(await ask(['x', 'start']), 101)
  assert.is(await ask(['x', 'start'], { isActive: true }), 101)
  assert.is(await ask(['x', 'stop'], { isActive: true }), 101)
  assert.is(await ask(['x', 'restart']), 101)
})

test('an upgrade that they finish restarts what runs', async () => {
  assert.is(await ask(['x', 'restart'], { isActive: true }), 0)
})

test('installations of others go on as if we were not there', async () => {
  for (const action of ['start', 'stop', 'restart', 'reload']) {
    assert.is(await ask(['x', action], { isOurs: false }), 0, action)
  }
})

test('the policy of the node has its say', async () => {
  const own = '#!/bin/sh\n[ "$*" = "x start" ] && exit 101\nexit 104\n'
  assert.is(await ask(['x', 'start'], { isOurs: false, own }), 101)
  assert.is(await ask(['x', 'stop'], { isOurs: false, own }), 104)
  assert.is(await ask(['x', 'restart'], { isActive: true, own }), 104)
  assert.is(await ask(['x', 'stop'], { own }), 101)
})

test('a policy that was installed meanwhile stays', async () => {
  const system = fakeSystem({})
  await withoutServiceStarts(system, async () => {
    await system.writeFile(policy, {
      content: new TextEncoder().encode('#!/bin/sh\nexit 104\n'),
      mode: 0o755,
      owner: 'root',
      group: 'root',
    })
  })
  assert.is(await hasLeftover(system), false)
  assert.match(system.done.join('\n'), /write [^]*write /)
  assert.not.match(system.done.join('\n'), 'remove')
})

test.run()

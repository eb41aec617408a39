import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  hasLeftover,
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

test('services stay down while packages are installed, with the policy of the node or without', async () => {
  for (const files of [{}, { [policy]: own }]) {
    const system = fakeSystem({ files })
    let answer: Uint8Array | null = null
    await withoutServiceStarts(system, async () => {
      answer = await system.readFile(policy)
    })
    assert.match(show(answer), /^#!\/bin\/sh\n[^]*exit 101\n$/)
  }
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

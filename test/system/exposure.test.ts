import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describeExposure, exposureOf } from '../../agent/system/exposure.ts'
import type { Exposure } from '../../agent/system/exposure.ts'

const closed = { uid: 0, gid: 0, mode: 0o40755 }
const open: Exposure = { path: '/srv', uid: 1, gid: 1, mode: 0o40755, isSticky: false }
const sticky: Exposure = { path: '/tmp', uid: 0, gid: 0, mode: 0o41777, isSticky: true }

const cases: readonly (readonly [
  what: string,
  owner: typeof closed,
  above: Exposure | null,
  place: string,
  exposed: string | null,
])[] = [
  ['root alone', closed, null, '/', null],
  ['a user', { ...closed, uid: 1 }, null, '/', '/x'],
  ['a group that may write', { ...closed, mode: 0o40775 }, null, '/', '/x'],
  ['anybody who may write', { ...closed, mode: 0o40757 }, null, '/', '/x'],
  ['what is above belongs to a user', closed, open, '/', '/srv'],
  ['others may only add to what is above', closed, sticky, '/', null],
  ['a user, and others may only add to what is above', { ...closed, uid: 1 }, sticky, '/', '/x'],
  ['root of the host, within a user namespace', { ...closed, uid: 65_534 }, null, '/proc', null],
  ['the same in sysfs', { ...closed, uid: 65_534 }, null, '/sys', null],
  ['but nobody elsewhere', { ...closed, uid: 65_534 }, null, '/', '/x'],
  ['a process of a user', { ...closed, uid: 1 }, null, '/proc', '/x'],
]
for (const [what, owner, above, place, exposed] of cases) {
  test(`who else can change a folder: ${what}`, () => {
    assert.is(exposureOf('/x', owner, above, place)?.path ?? null, exposed)
  })
}

test('the reason for people', () => {
  const one = { ...open, path: '/srv/app', uid: 65_534 }
  assert.is(describeExposure(one), '/srv/app belongs to nobody')
  assert.is(describeExposure({ ...one, uid: 4_321 }), '/srv/app belongs to 4321')
  const group = { ...one, uid: 0, gid: 4, mode: 0o40775 }
  assert.is(describeExposure(group), 'group adm may write to /srv/app')
  assert.is(describeExposure(sticky), 'anybody may write to /tmp')
})

test.run()

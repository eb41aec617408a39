import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { join } from 'node:path'
import { hostState } from '../../agent/checks/desired/host-state.ts'
import { loadInventory } from '../../agent/inventory/load.ts'
import { kinds } from '../../agent/resources/index.ts'
import { loadDesired } from '../../agent/roles/load-desired.ts'
import { createRoleLoader } from '../../agent/roles/load-role.ts'
import type { Desired } from '../../agent/roles/resource.ts'
import { loadProfile, makeProfile, saveProfile } from '../../agent/store/profile.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { fakeSystem } from '../fake-system.ts'

const root = join(import.meta.dirname, '../..')
const key = '0123456789abcdef'
const paths = { state: '/var/lib/evenkeel' }

/** A load balancer of the sample, with further variables. */
async function lb1(more: Readonly<Record<string, unknown>> = {}): Promise<Desired> {
  const system = createSystem()
  return loadDesired('lb1', {
    inventory: await loadInventory(join(root, 'inventory'), root, system),
    extraVars: new Map(
      Object.entries(more).map(([key, value]) => [
        key,
        { value, place: () => ({ file: '--extra-vars', key }) },
      ]),
    ),
    loadRole: createRoleLoader({ own: [], builtIn: join(root, 'roles') }, system),
    loadFacts: async (render) =>
      render({ os_family: 'Debian', default_ipv4: { interface: 'eth0' } }),
    kinds,
  })
}

test('a load balancer has daemons to watch, files, and a peer', async () => {
  const { self, scope, files, evidence } = makeProfile(await lb1({ evenkeel_peer_key: null }), null)
  assert.is(self, 'lb1')
  assert.is(scope.haproxy?.unit, 'haproxy.service')
  assert.equal(
    scope.peers.map(({ address }) => address),
    ['192.0.2.12'],
  )
  for (const path of [
    '/etc/haproxy/haproxy.cfg',
    '/etc/keepalived/keepalived.conf',
    '/etc/evenkeel/firewall/EVENKEEL-IN.v4',
  ]) {
    assert.ok(files.includes(path), path)
  }
  assert.ok(files.every((path) => path.startsWith('/')))
  assert.is(evidence, null, 'no key, no evidence')
})

test('the key of the peers is a secret, and comes with a port and an address', async () => {
  const desired = await lb1({ evenkeel_peer_key: key })
  assert.ok(desired.secrets.includes(key))
  assert.equal(makeProfile(desired, null).evidence, { key, port: 9721, address: '192.0.2.11' })
  const other = await lb1({ evenkeel_peer_key: key, evenkeel_port: 9000 })
  assert.is(makeProfile(other, null).evidence?.port, 9000)
  const firewall = hostState(other, false).firewall.flatMap(({ rules }) => rules)
  const rule = '-s 192.0.2.12 -p tcp -m tcp --dport 9000 -j ACCEPT'
  assert.ok(firewall.includes(rule), `the firewall opens the same port: ${firewall.join()}`)
})

for (const [name, vars, message] of [
  ['a short key', { evenkeel_peer_key: 'secret' }, /evenkeel_peer_key: expected 16 characters/],
  ['no port', { evenkeel_port: 70000 }, /evenkeel_port: expected a port/],
  ['a typo', { evenkeel_peerkey: key }, /no such variable.*evenkeel_peer_key/],
] as const) {
  test(`${name} is refused`, async () => {
    try {
      await lb1(vars)
    } catch (error) {
      assert.match((error as Error).message, message)
      return
    }
    assert.unreachable()
  })
}

test('the profile comes back as it was kept, and is written only when it changed', async () => {
  const system = fakeSystem({})
  const profile = makeProfile(await lb1({ evenkeel_peer_key: key }), null)
  assert.is(await loadProfile(paths, system), null)
  await saveProfile(profile, paths, system)
  await saveProfile(profile, paths, system)
  assert.equal(system.done, ['write /var/lib/evenkeel/profile.json 0600 root:root'])
  assert.equal(await loadProfile(paths, system), profile)
})

test('a damaged profile is none', async () => {
  for (const text of ['', '{"self":', '{"self":"lb1"}']) {
    const system = fakeSystem({ files: { '/var/lib/evenkeel/profile.json': text } })
    assert.is(await loadProfile(paths, system), null)
  }
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDump } from '../../../agent/programs/keepalived/dump.ts'
import { readDump } from '../../../agent/programs/keepalived/read-dump.ts'
import { fakeSystem } from '../../fake-system.ts'
import { readSample } from '../../health/sample.ts'

for (const [version, home] of [
  ['2.2', 'VI_1'],
  ['2.3', 'VI_2'],
] as const) {
  test(`keepalived ${version} tells its instances`, () => {
    const instances = parseDump(readSample(`keepalived-${version}.json`)) ?? []
    assert.equal(
      instances.map(({ name, state, virtualRouterId, basePriority, vips }) => [
        name,
        state,
        virtualRouterId,
        basePriority,
        vips,
      ]),
      [
        [
          'VI_1',
          home === 'VI_1' ? 'MASTER' : 'BACKUP',
          51,
          home === 'VI_1' ? 254 : 251,
          ['10.213.15.101'],
        ],
        [
          'VI_2',
          home === 'VI_2' ? 'MASTER' : 'BACKUP',
          52,
          home === 'VI_2' ? 254 : 251,
          ['10.213.15.102'],
        ],
      ],
    )
    const backup = instances.find(({ state }) => state === 'BACKUP')
    assert.ok((backup?.stats.advertsReceived ?? 0) > 20)
    assert.is(backup?.advertInterval, 1000)
    assert.is(backup?.interface, 'host0')
  })
}

function entry(data: object, stats: object = {}): object {
  const known = {
    iname: 'A',
    state: 1,
    vrid: 1,
    version: 3,
    base_priority: 100,
    effective_priority: 90,
    adver_int: 1,
  }
  return {
    data: { ...known, ...data },
    stats: { advert_rcvd: 1, advert_sent: 2, become_master: 3, ...stats },
  }
}

test('a backup of version 3 waits for as long as its master says', () => {
  const interval = (data: object): number | undefined =>
    parseDump(JSON.stringify([entry(data)]))?.[0]?.advertInterval
  assert.is(interval({ adver_int: 0.5, master_adver_int: 1 }), 1000)
  assert.is(interval({ adver_int: 0.1, master_adver_int: 0.1 }), 100)
  assert.is(interval({ adver_int: 2, master_adver_int: 0 }), 2000)
  assert.is(interval({ adver_int: 2, master_adver_int: 1, version: 2 }), 2000)
})

test('excluded VIPs are VIPs, and both kinds of refusal are told', () => {
  const data = { vips: ['192.0.2.1/24 dev eth0 scope global set'], evips: ['fe80::1/64 dev eth0'] }
  const stats = { addr_list_err: 2, auth_failure: 3 }
  const [read] = parseDump(JSON.stringify({ vrrp: [entry(data, stats)] })) ?? []
  assert.equal(read?.vips, ['192.0.2.1', 'fe80::1'])
  assert.is(read?.stats.addressListErrors, 2)
  assert.is(read?.stats.authenticationErrors, 3)
})

test('half a file is no dump', () => {
  const whole = readSample('keepalived-2.2.json').trim()
  assert.is(parseDump(whole.slice(0, -1)), null)
  assert.is(parseDump(''), null)
  assert.is(parseDump('{}'), null)
  assert.is(parseDump('[{"data":{}}]'), null)
})

const ask = 'sh -c number=$(keepalived --signum=JSON) && kill -s "$number" "$0" 7'
const file = '/proc/7/root/tmp/keepalived.json'

test('a dump is waited for until it is whole, and does not stay behind', async () => {
  const whole = readSample('keepalived-2.3.json')
  const system = fakeSystem({
    files: { [file]: whole.replaceAll('VI_1', 'OLD') },
    commands: {
      [ask]: {
        // oxlint-disable-next-line unicorn/no-thenable -- what a command changes; nobody awaits it
        then: [
          { files: { [file]: whole.slice(0, 99) }, delay: 20 },
          { files: { [file]: whole }, delay: 50 },
        ],
      },
    },
  })
  const instances = await readDump(7, system)
  assert.equal(
    instances?.map(({ name }) => name),
    ['VI_1', 'VI_2'],
  )
  assert.is(await system.stat(file), null)
})

test('a keepalived that says nothing is not waited for long', async () => {
  const system = fakeSystem({ commands: { [ask]: {} } })
  const start = system.now()
  assert.is(await readDump(7, system), null)
  assert.ok(system.now() - start < 1_200)
})

test('a keepalived without JSON is not signalled', async () => {
  const system = fakeSystem({ commands: { [ask]: { code: 1 } } })
  const start = system.now()
  assert.is(await readDump(7, system), null)
  assert.ok(system.now() - start < 100)
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HealthScope } from '../../agent/health/health-scope.ts'
import { neededTraffic } from '../../agent/health/needed-traffic.ts'
import { observeBaseline, observeHealth } from '../../agent/health/observe-health.ts'
import { gateTimes, passGate } from '../../agent/health/pass-gate.ts'
import type { GateCompany } from '../../agent/health/pass-gate.ts'
import { host } from '../checks/desired/state.ts'
import type { FakeAnswer, Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'
import type { FakeSystem } from '../fake-system.ts'
import { linesOf } from '../lines-of.ts'
import { everything, haproxy, health, nothing, readSample } from './sample.ts'

const scope: HealthScope = {
  haproxy: null,
  keepalived: { unit: 'keepalived.service', file: '/etc/keepalived/keepalived.conf' },
  remote: { host: 'git', port: 22, protocol: 'ssh' },
  peers: [{ name: 'lb2', address: '192.0.2.12', port: 22 }],
}

const signal = 'sh -c number=$(keepalived --signum=JSON) && kill -s "$number" "$0" 7'
const toRemote = 'bash --norc -c exec 3<>"/dev/tcp/$0/$1" git 22'
const toPeer = 'bash --norc -c exec 3<>"/dev/tcp/$0/$1" 192.0.2.12 22'
const file = '/proc/7/root/tmp/keepalived.json'

/** Answers with what a BACKUP has received so far; a number the next time it is asked. */
function dumps(...received: readonly number[]): readonly FakeAnswer[] {
  return dumpsOf(1, ...received)
}

/** The same of an instance in another state: 2 is MASTER. */
function dumpsOf(state: number, ...received: readonly number[]): readonly FakeAnswer[] {
  return received.map((count) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- what a command changes; nobody awaits it
    then: {
      files: {
        [file]: JSON.stringify([
          {
            data: {
              iname: 'VI_1',
              state,
              vrid: 51,
              version: 3,
              base_priority: 251,
              effective_priority: 251,
              adver_int: 1,
              vips: ['192.0.2.101/24 dev eth0'],
            },
            stats: { advert_rcvd: count, advert_sent: 0, become_master: state - 1 },
          },
        ]),
      },
    },
  }))
}

function machine(given: Readonly<Record<string, FakeAnswer | readonly FakeAnswer[]>>): Machine {
  return {
    units: { 'keepalived.service': { properties: { MainPID: '7' } } },
    files: {
      '/etc/keepalived/keepalived.conf':
        'vrrp_instance VI_1 {\n virtual_router_id 51\n priority 251\n virtual_ipaddress {\n 192.0.2.101/24\n }\n}\n',
    },
    commands: {
      'ip -json address show': { stdout: '[{"addr_info":[{"local":"192.0.2.11"}]}]' },
      [toRemote]: {},
      [toPeer]: { code: 1, stderr: 'bash: connect: Connection refused\n' },
      [signal]: dumps(1),
      ...given,
    },
  }
}

const network = { ...nothing, network: true }

async function gate(
  system: FakeSystem,
  touched = network,
  deadline = 20_000,
  company: GateCompany = {},
) {
  const baseline = await observeHealth(scope, fakeSystem(machine({})))
  const start = system.now()
  const result = await passGate(
    baseline,
    scope,
    touched,
    { ...gateTimes, deadline },
    system,
    company,
  )
  return { ...result, took: system.now() - start }
}

/** A node that has the VIP. */
const asMaster = {
  [signal]: dumpsOf(2, 1),
  'ip -json address show': {
    stdout: '[{"addr_info":[{"local":"192.0.2.11"},{"local":"192.0.2.101"}]}]',
  },
}

test('a way back is judged by how the node was, not by the bad state that it leaves', async () => {
  const bad = await gate(fakeSystem(machine(asMaster)))
  assert.match(bad.reasons.join(), /VI_1 became MASTER, it was BACKUP before/)
  const then = await observeHealth(scope, fakeSystem(machine(asMaster)))
  const good = { digest: 'a', health: then }
  const back = await gate(fakeSystem(machine(asMaster)), network, 20_000, { good })
  assert.equal(back.reasons, [])
  assert.is(back.passed, true)
})

test('a way back that is neither as good as it was, nor as what it leaves, is none', async () => {
  const then = await observeHealth(scope, fakeSystem(machine(asMaster)))
  const lost = { ...asMaster, 'ip -json address show': { stdout: '[{"addr_info":[]}]' } }
  const good = { digest: 'a', health: then }
  const { passed } = await gate(fakeSystem(machine(lost)), network, 20_000, { good })
  assert.is(passed, false)
})

test('a change that breaks nothing passes at the second look', async () => {
  const { passed, took } = await gate(fakeSystem(machine({})), { ...nothing, haproxy: true })
  assert.is(passed, true)
  assert.ok(took >= 500 && took < 1_500, String(took))
})

test('a change that touches nothing passes at the first look, and calls nobody', async () => {
  const system = fakeSystem(machine({}))
  const baseline = await observeBaseline(scope, nothing, system)
  const start = system.now()
  assert.is((await passGate(baseline, scope, nothing, gateTimes, system)).passed, true)
  assert.ok(system.now() - start < 500)
  assert.not(system.done.some((line) => line.includes('/dev/tcp')))
})

test('a change that touches nothing does not pass while the node is worse', async () => {
  const baseline = await observeBaseline(scope, nothing, fakeSystem(machine({})))
  const unit = { properties: { MainPID: '0', ActiveState: 'failed' } }
  const dead = fakeSystem({ ...machine({}), units: { 'keepalived.service': unit } })
  const { passed, reasons } = await passGate(baseline, scope, nothing, gateTimes, dead)
  assert.is(passed, false)
  assert.match(reasons.join(), /keepalived does not run/)
})

test('a backup passes once it has heard three adverts', async () => {
  const system = fakeSystem(machine({ [signal]: dumps(1, 1, 2, 2, 3, 3, 4) }))
  const { passed, took, warnings } = await gate(system)
  assert.is(passed, true)
  assert.equal(warnings, [])
  assert.ok(took >= 3_000 && took < 5_000, String(took))
})

test('a backup that hears nobody does not fail while no peer has its VIPs', async () => {
  const silent = (): FakeSystem => fakeSystem(machine({ [signal]: dumps(1) }))
  const of = (elsewhere: readonly string[]) => ({ elsewhere: async () => elsewhere })
  const alone = await gate(silent(), network, 20_000, of(['192.0.2.102']))
  assert.ok(alone.took >= 20_000, String(alone.took))
  const cut = await gate(silent(), network, 20_000, of(['192.0.2.101']))
  assert.ok(cut.took < 3_000, String(cut.took))
  assert.match(cut.reasons.join(), /second MASTER/)
})

test('whoever answered while a server was waited for needs no second look', async () => {
  const socket = '/run/admin.sock'
  const cfg = { unit: 'haproxy.service', file: '/etc/haproxy.cfg', socket }
  const head = '# pxname,svname,status,type,check_status,check_code,check_duration'
  const system = fakeSystem({
    files: { '/etc/haproxy.cfg': 'global\n' },
    units: { 'haproxy.service': {} },
    sockets: {
      [socket]: {
        'show info': readSample('haproxy-2.6-show-info.txt').replace(
          /^Uptime_sec.*$/m,
          'Uptime_sec: 0',
        ),
        'show servers state': '1\n# \n',
      },
    },
  })
  let look = 0
  const stat = (check: string) => `${head}\nweb,a,UP,2,L7OK,200,1\nweb,b,UP,2,${check}\n`
  const start = system.now()
  const { passed } = await passGate(
    health({ haproxy: haproxy({ binds: [], backends: null }) }),
    { haproxy: cfg, keepalived: null, remote: null, peers: [] },
    { ...nothing, haproxy: true },
    gateTimes,
    {
      ...system,
      ask: async (path, line) =>
        line.startsWith('show stat')
          ? stat(look++ < 3 ? 'INI,,' : 'L7OK,200,1')
          : system.ask(path, line),
    },
  )
  assert.is(passed, true)
  assert.is(look, 4)
  assert.ok(system.now() - start < 2_000)
})

test('a backup that hears nothing fails before it becomes a master', async () => {
  const { passed, took, reasons } = await gate(fakeSystem(machine({})))
  assert.is(passed, false)
  assert.match(reasons.join(), /VI_1 is BACKUP and has received 0 of 3 adverts/)
  assert.ok(took < 3_000, String(took))
})

test('what is lost has until the deadline to come back', async () => {
  const hearing = { [signal]: dumps(...Array.from({ length: 50 }, (_, i) => i)) }
  const gone = await gate(
    fakeSystem(machine({ ...hearing, [toRemote]: { code: 1 } })),
    network,
    6_000,
  )
  assert.is(gone.passed, false)
  assert.equal(gone.reasons, ['the Git remote can no longer be reached from this node'])
  assert.ok(gone.took >= 6_000 && gone.took < 7_500, String(gone.took))
  const back = [{ code: 1 }, { timedOut: true }, {}]
  const found = await gate(fakeSystem(machine({ ...hearing, [toRemote]: back })), network, 6_000)
  assert.is(found.passed, true, found.reasons.join())
})

const remoteGone = {
  [signal]: dumps(...Array.from({ length: 50 }, (_, i) => i)),
  [toRemote]: { code: 1 },
}

test('a newer commit ends a gate that waits, without a verdict', async () => {
  const answers = [null, 'b'.repeat(40)]
  let asked = 0
  const newer = async () => answers[asked++] ?? null
  const { passed, took, ...found } = await gate(fakeSystem(machine(remoteGone)), network, 20_000, {
    newer,
  })
  assert.is(passed, false)
  assert.is(found.newer, 'b'.repeat(40))
  assert.equal(found.reasons, ['the Git remote can no longer be reached from this node'])
  assert.is(asked, 2)
  assert.ok(took >= 6_000 && took < 8_000, String(took))
})

test('where nothing is wrong, and where nobody answers, no newer commit comes', async () => {
  let asked = 0
  const newer = async () => {
    asked++
    throw new Error('no answer')
  }
  const backup = fakeSystem(machine({ [signal]: dumps(1, 1, 2, 2, 3, 3, 4) }))
  assert.is((await gate(backup, network, 20_000, { newer })).passed, true)
  assert.is(asked, 0)
  const gone = await gate(fakeSystem(machine(remoteGone)), network, 10_000, { newer })
  assert.is(gone.newer, null)
  assert.is(gone.reasons.length, 1)
  assert.is(asked, 3)
})

test('one question at a time, and the looks go on meanwhile', async () => {
  let asked = 0
  const newer = () => {
    asked++
    return new Promise<null>(() => {})
  }
  const { took, newer: found } = await gate(fakeSystem(machine(remoteGone)), network, 10_000, {
    newer,
  })
  assert.is(found, null)
  assert.is(asked, 1)
  assert.ok(took < 11_000, String(took))
})

/** The phases that a gate tells where haproxy is silent at some looks, counted from 0, and its verdict. */
async function phases(silentAt: (look: number) => boolean) {
  const told: string[] = []
  const socket = '/run/admin.sock'
  const cfg = { unit: 'haproxy.service', file: '/etc/haproxy.cfg', socket }
  const system = fakeSystem({
    files: { '/etc/haproxy.cfg': 'global\n' },
    units: { 'haproxy.service': {} },
    sockets: { [socket]: { 'show info': readSample('haproxy-2.6-show-info.txt') } },
  })
  let look = 0
  const { passed } = await passGate(
    health({ haproxy: haproxy({ backends: null }) }),
    { haproxy: cfg, keepalived: null, remote: null, peers: [] },
    { ...nothing, haproxy: true },
    gateTimes,
    {
      ...system,
      ask: async (path, line) =>
        line === 'show info' && silentAt(look++) ? null : system.ask(path, line),
    },
    { on: (event) => void (event.type === 'phase' && told.push(event.phase)) },
  )
  return { told, passed }
}

test('a node is worse from the second look on, and told once when it is and when it is not', async () => {
  const { told, passed } = await phases((look) => [0, 2, 3, 4].includes(look))
  assert.equal(told, ['worse', 'watching'])
  assert.is(passed, true)
})

test('a node that stays worse is rolled back as it is', async () => {
  const { told, passed } = await phases(() => true)
  assert.equal(told, ['worse'])
  assert.is(passed, false)
})

test('what could not be told in time is no reason to go back', async () => {
  const own = await observeHealth(scope, fakeSystem(machine({})))
  const master =
    own.keepalived?.instances?.map((one) => ({ ...one, state: 'MASTER' as const })) ?? []
  const keepalived = own.keepalived && { ...own.keepalived, instances: master }
  // MASTER before, BACKUP now, and nobody heard: it is about to take the VIPs back
  const result = await passGate(
    { ...own, keepalived },
    scope,
    network,
    { deadline: 2_000, interval: 500 },
    fakeSystem(machine({})),
  )
  assert.is(result.passed, true)
  assert.match(linesOf(result.warnings), /^vrrp-adverts-missing .*0 of 3 adverts/m)
})

test('a baseline watches for adverts where they are at stake, and only there', async () => {
  const system = fakeSystem(machine({ [signal]: dumps(5, 7) }))
  const start = system.now()
  const { keepalived, reach } = await observeBaseline(scope, everything, system)
  assert.equal(keepalived?.instances?.[0]?.watched, { received: 2, refused: 0 })
  assert.is(reach?.remote, true)
  assert.ok(system.now() - start >= 2_000)

  const quick = fakeSystem(machine({}))
  const other = await observeBaseline(scope, { ...nothing, haproxy: true }, quick)
  assert.is(other.keepalived?.instances?.[0]?.watched, null)
  assert.ok(quick.now() - start < 1_000)
})

/** A gate over a node that serves ssh alone, whose INPUT has the rule that each look after the first finds. */
async function trafficGate(...rules: readonly string[]) {
  const saves = rules.map((rule) => ({
    stdout: `*filter\n:INPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`,
  }))
  const commands = { 'iptables-save': saves, 'ip6tables-save': { code: 3 } }
  const system = fakeSystem({ commands })
  const self = host('web1', ['192.0.2.21'])
  const bare = { haproxy: null, keepalived: null, remote: null, peers: [] }
  const traffic = { self, needed: neededTraffic(self, 22) }
  const baseline = await observeBaseline({ ...bare, traffic }, network, system)
  const start = system.now()
  const result = await passGate(baseline, { ...bare, traffic }, network, gateTimes, system)
  return { ...result, took: system.now() - start }
}

test('what others drop since the change fails at the second look', async () => {
  const { passed, reasons, took } = await trafficGate('', '-A INPUT -p tcp --dport 22 -j DROP')
  assert.is(passed, false)
  assert.match(reasons.join(), /now drops every new connection to ssh \(port 22\): by "-p tcp/)
  assert.ok(took >= 500 && took < 1_000, String(took))
})

test('what others drop for a moment, or before, does not fail', async () => {
  const drop = '-A INPUT -p tcp --dport 22 -j DROP'
  assert.is((await trafficGate('', drop, '', '')).passed, true)
  assert.is((await trafficGate('', '', drop, '', '')).passed, true)
  assert.is((await trafficGate(drop, drop)).passed, true)
})

test('a drop that comes at the second look is waited for', async () => {
  const drop = '-A INPUT -p tcp --dport 22 -j DROP'
  assert.is((await trafficGate('', '', drop, drop)).passed, false)
})

test('a refusal comes from the peer, silence from nobody', async () => {
  const seen = async (peer: FakeAnswer, remote: FakeAnswer) =>
    (await observeHealth(scope, fakeSystem(machine({ [toPeer]: peer, [toRemote]: remote })))).reach
  const refused = { code: 1, stderr: 'bash: connect: Connection refused' }
  assert.equal(await seen(refused, refused), {
    remote: false,
    peers: [{ name: 'lb2', isReachable: true }],
  })
  assert.equal(await seen({ timedOut: true }, {}), {
    remote: true,
    peers: [{ name: 'lb2', isReachable: false }],
  })
})

test('keepalived is not signalled before it is ready', async () => {
  const starting = { properties: { MainPID: '7', ActiveState: 'activating' } }
  const system = fakeSystem({ ...machine({}), units: { 'keepalived.service': starting } })
  const { keepalived } = await observeHealth(scope, system)
  assert.is(keepalived?.unit, 'starting')
  assert.is(keepalived?.instances, null)
  assert.not.ok(system.done.some((line) => line.includes('signum')))
})

test.run()

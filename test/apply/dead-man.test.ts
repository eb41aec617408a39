/** The way back of firewall and sysctl, in a kernel of our own: by the agent and by the dead-man's sh. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { armDeadMan, formatDeadMan } from '../../agent/apply/dead-man.ts'
import type { Thing } from '../../agent/apply/journal.ts'
import { kinds } from '../../agent/resources/index.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { LocalError } from '../../agent/system/errors.ts'
import type { System } from '../../agent/system/system.ts'
import { enterNamespace } from '../resources/namespace.ts'

enterNamespace(import.meta.url)

const paths = { run: '/run/evenkeel' }
const system = createSystem()
const keepalive = '/proc/sys/net/ipv4/tcp_keepalive_time'
const chains = ['ipv4 filter KEPT', 'ipv4 filter NEW', 'ipv4 filter GONE', 'ipv6 filter KEPT']

test.before(() => {
  for (const folder of ['/run', '/usr/local/bin']) {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  }
  mkdirSync(paths.run)
  writeFileSync('/usr/local/bin/evenkeel', '#!/bin/sh\necho "$@" >>/run/called\nexit 0\n', {
    mode: 0o755,
  })
})

test.before.each(() => {
  rmSync('/run/called', { force: true })
  for (const tool of ['iptables-restore', 'ip6tables-restore']) {
    load(tool, [
      '*filter',
      ':f2b - [0:0]',
      ':KEPT - [0:0]',
      ':GONE - [0:0]',
      '-A INPUT -p tcp -j f2b',
      '-A INPUT -m comment --comment evenkeel -j KEPT',
      '-A INPUT -p udp -j DROP',
      '-A KEPT -p tcp -m tcp --dport 80 -m comment --comment "it\'s \\"ours\\"" -j ACCEPT',
      '-A KEPT -j DROP',
      '-A FORWARD -m comment --comment evenkeel -j GONE',
      '-A GONE -j RETURN',
      'COMMIT',
    ])
  }
  writeFileSync(keepalive, '7200')
})

function load(tool: string, lines: readonly string[], ...flags: readonly string[]): void {
  execFileSync(tool, flags, { input: lines.map((line) => `${line}\n`).join('') })
}

async function snapshot(): Promise<Thing[]> {
  const take = async (kind: string, name: string): Promise<Thing> => {
    const before = await kinds.get(kind)?.rollback?.undo?.snapshot(name, system)
    return { kind, name, before: JSON.parse(JSON.stringify(before)), notify: [] }
  }
  return [
    ...(await Promise.all(chains.map((name) => take('iptables', name)))),
    await take('sysctl', 'net/ipv4/tcp_keepalive_time'),
  ]
}

/** What a change may do, and meanwhile somebody else: a foreign jump comes first. */
function change(): void {
  const lines = [
    '*filter',
    ':KEPT - [0:0]',
    ':NEW - [0:0]',
    '-A KEPT -j ACCEPT',
    '-D INPUT -m comment --comment evenkeel -j KEPT',
    '-A INPUT -m comment --comment evenkeel -j KEPT',
    '-I INPUT 1 -m comment --comment evenkeel -j NEW',
    '-I INPUT 1 -p icmp -j f2b',
    '-D FORWARD -m comment --comment evenkeel -j GONE',
    '-F GONE',
    '-X GONE',
    'COMMIT',
  ]
  load('iptables-restore', lines, '--noflush')
  load('ip6tables-restore', ['*filter', ':KEPT - [0:0]', 'COMMIT'], '--noflush')
  writeFileSync(keepalive, '300')
}

function firewall(): string {
  return ['iptables-save', 'ip6tables-save']
    .map((tool) => execFileSync(tool, ['-t', 'filter'], { encoding: 'utf8' }))
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('-A') || /^:[A-Z0-9a-z]+ -/.test(line))
    .map((line) => line.replace(/ \[.*/, ''))
    .sort(byChain)
    .join('\n')
}

/** Chains come in any order; the rules of one stay in theirs. */
function byChain(a: string, b: string): number {
  const [left = '', right = ''] = [a, b].map((line) => line.split(' ').slice(0, 2).join(' '))
  return left < right ? -1 : left > right ? 1 : 0
}

async function expected(): Promise<{ before: string; things: Thing[] }> {
  const things = await snapshot()
  execFileSync('iptables', ['-I', 'INPUT', '1', '-p', 'icmp', '-j', 'f2b'])
  const before = firewall()
  execFileSync('iptables', ['-D', 'INPUT', '1'])
  change()
  assert.is.not(firewall(), before)
  return { before, things }
}

test('restore brings back chains, jumps at their place, and values; twice is the same', async () => {
  const { before, things } = await expected()
  for (let round = 0; round < 2; round++) {
    for (const { kind, name, before } of things) {
      await kinds.get(kind)?.rollback?.undo?.restore(name, before, system)
    }
    assert.is(firewall(), before)
    assert.is(readFileSync(keepalive, 'utf8'), '7200\n')
  }
})

test('the script brings back the same in sh, from half a change too, and then starts the recovery', async () => {
  const { before, things } = await expected()
  const script = formatDeadMan(things, kinds, paths) ?? ''
  for (const _ of ['all of it', 'nothing']) {
    writeFileSync('/run/evenkeel/dead-man-x.sh', script)
    const { status, stderr } = spawnSync('sh', ['/run/evenkeel/dead-man-x.sh'], {
      encoding: 'utf8',
    })
    assert.is(stderr, '')
    assert.is(status, 0)
    assert.is(firewall(), before)
    assert.is(readFileSync(keepalive, 'utf8'), '7200\n')
  }
  assert.is(readFileSync('/run/called', 'utf8'), 'recover\nrecover\n')
  assert.not(existsSync('/run/evenkeel/dead-man-x.sh.fired'))
})

test('the recovery is tried again while another run has the lock', async () => {
  const { things } = await expected()
  writeFileSync('/run/evenkeel/dead-man-x.sh', formatDeadMan(things, kinds, paths) ?? '')
  const launcher = readFileSync('/usr/local/bin/evenkeel', 'utf8')
  writeFileSync(
    '/usr/local/bin/evenkeel',
    '#!/bin/sh\necho "$@" >>/run/called\n[ "$(wc -l </run/called)" -lt 3 ] || exit 0\nexit 5\n',
  )
  execFileSync('sh', ['/run/evenkeel/dead-man-x.sh'])
  assert.is(readFileSync('/run/called', 'utf8'), 'recover\n'.repeat(3))
  writeFileSync('/usr/local/bin/evenkeel', launcher)
})

test('nothing that it guards: no script', () => {
  const things = [{ kind: 'service', name: 'a.service', before: {}, notify: [] }]
  assert.is(formatDeadMan(things, kinds, paths), null)
})

/** A node without systemd, whose sleep is short. */
const bare: System = {
  ...system,
  run: async (argv, options) => {
    if (argv[0] === 'systemd-run') throw new LocalError('systemd-run is not installed')
    return system.run(
      argv.map((word) => (word === '60' ? '0.3' : word)),
      options,
    )
  },
}

test('without systemd-run it fires by itself', async () => {
  await armDeadMan('mv "$0" "$0.fired"; echo >/run/fired\n', 'applying', paths, bare)
  assert.not(existsSync('/run/fired'))
  await system.sleep(600)
  assert.ok(existsSync('/run/fired'))
  rmSync('/run/fired')
})

test('disarmed in time it does nothing; too late, it says so', async () => {
  const script = 'mv "$0" "$0.fired" || exit 0; echo >/run/fired\n'
  const disarm = await armDeadMan(script, 'applying', paths, bare)
  assert.is(await disarm(), true)
  await system.sleep(600)
  assert.not(existsSync('/run/fired'))

  const tooLate = await armDeadMan(script, 'applying', paths, bare)
  await system.sleep(600)
  assert.is(await tooLate(), false)
  assert.ok(existsSync('/run/fired'))
})

test('nothing is changed when it can not be armed', async () => {
  const refused = { ...system, run: async () => ({ ...failed, stderr: 'no bus' }) }
  let message = ''
  await armDeadMan('', 'applying', paths, refused).catch(
    (error: Error) => (message = error.message),
  )
  assert.match(message, "can't be armed: no bus")
})

const failed = { code: 1, signal: null, timedOut: false, stdout: '' }

test.run()

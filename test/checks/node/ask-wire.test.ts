/** A real keepalived on another machine of the same link: what it says decides whether this node may join. */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askWire } from '../../../agent/checks/node/ask-wire.ts'
import { readFutureHaproxy } from '../../../agent/checks/node/future-haproxy.ts'
import { observeNode } from '../../../agent/checks/node/node-view.ts'
import type { Wanted } from '../../../agent/checks/node/wanted.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { enterNamespace } from '../../resources/namespace.ts'

enterNamespace(import.meta.url)

const system = createSystem()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-wire-'))
/** Seconds: whatever becomes of this test, nothing of it lives longer. */
const longest = '120'
/** Holds the other machine's network namespace. */
const other = spawn('unshare', ['--net', 'sleep', longest], { stdio: 'ignore' })
let rival: ChildProcess | null = null

process.on('exit', () => {
  rival?.kill('SIGKILL')
  other.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })
const there = (...argv: readonly string[]): readonly string[] => [
  'nsenter',
  '-t',
  String(other.pid),
  '-n',
  ...argv,
]
const ipThere = (words: string): string => {
  const [program = '', ...argv] = there('ip', ...words.split(' '))
  return execFileSync(program, argv, { encoding: 'utf8' })
}

interface Spoken {
  readonly version?: number
  readonly password?: string
  readonly vips?: readonly string[]
  readonly peer?: string
}

function instance(link: string, priority: number, spoken: Spoken): string {
  const { version = 2, password, vips = ['192.0.2.161'], peer } = spoken
  return `vrrp_instance VI_OLD {
  version ${version}
  state BACKUP
  interface ${link}
  virtual_router_id 61
  priority ${priority}
  advert_int 1
  ${peer === undefined ? '' : `unicast_peer {\n${peer}\n}`}
  ${password === undefined ? '' : `authentication {\nauth_type PASS\nauth_pass ${password}\n}`}
  virtual_ipaddress {
    ${vips.map((vip) => `${vip}/32`).join('\n')}
  }
}
`
}

/** The other machine becomes the master of its VIPs. */
async function startRival(spoken: Spoken): Promise<void> {
  const file = join(folder, 'rival.conf')
  writeFileSync(file, instance('there', 200, spoken))
  const pids = [`--pid=${folder}/rival.pid`, `--vrrp_pid=${folder}/rival-vrrp.pid`]
  const [program = '', ...argv] = there(
    'unshare',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    'timeout',
    longest,
    'keepalived',
    '--dont-fork',
    '--no-syslog',
    '--vrrp',
    `--use-file=${file}`,
    ...pids,
  )
  rival = spawn(program, argv, { stdio: 'ignore', env: { PATH: process.env['PATH'] } })
  for (let left = 100; !ipThere('-br address show dev there').includes('192.0.2.16'); left--) {
    if (left === 0) throw new Error('the other machine did not become MASTER')
    await system.sleep(100)
  }
}

async function stopRival(): Promise<void> {
  const ended = new Promise((resolve) => rival?.once('exit', resolve))
  if (rival?.exitCode === null && rival.kill('SIGKILL')) await ended
  rival = null
  ipThere('address flush dev there')
  ipThere('address add 192.0.2.12/24 dev there')
  for (const file of ['rival.pid', 'rival-vrrp.pid']) rmSync(join(folder, file), { force: true })
}

/** What is found for the instance that this node is to run. */
async function ask(spoken: Spoken, before = ''): Promise<readonly string[]> {
  const place = { file: 'roles/keepalived/tasks/main.yml', line: 7 }
  const text = instance('here', 254, spoken)
  const wanted: Wanted = {
    host: 'lb1',
    addresses: ['192.0.2.11'],
    files: new Map([['/etc/keepalived/keepalived.conf', { text, place, mode: 0o600 }]]),
    folders: new Set(),
    sysctls: new Map(),
    units: [],
  }
  const haproxy = await readFutureHaproxy(wanted, system)
  const node = await observeNode(haproxy, [], false, system)
  const found = await askWire(wanted, { ...node, keepalivedNow: before }, system)
  return found.map(({ level, message }) => `${level} ${message}`)
}

test.before(async () => {
  // unshare has made its namespace once it is another program
  for (let left = 100; left > 0; left--) {
    const [mine, its] = ['self', other.pid].map((pid) =>
      execFileSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' }),
    )
    if (mine !== its) break
    await system.sleep(20)
  }
  ip('link set lo up')
  ip(`link add here type veth peer name there netns ${other.pid}`)
  ip('link set here up')
  ip('address add 192.0.2.11/24 dev here')
  ipThere('link set there up')
  ipThere('address add 192.0.2.12/24 dev there')
})

test.after.each(stopRival)

test('nobody is there', async () => {
  assert.equal(await ask({}), [])
})

test('a master whose adverts are ours', async () => {
  await startRival({ password: 'secret' })
  assert.equal(await ask({ password: 'secret' }), [])
})

const strangers: readonly (readonly [string, Spoken, Spoken, RegExp])[] = [
  ['another password', { password: 'secret' }, { password: 'other' }, /received an invalid passwd/],
  ['another version', {}, { version: 3 }, /wrong version/],
  [
    'more VIPs in its adverts',
    { vips: ['192.0.2.161', '192.0.2.162'] },
    {},
    /unexpected ip number count|expected 1 VIPs/,
  ],
]

for (const [name, theirs, ours, reason] of strangers) {
  test(`a master with ${name}`, async () => {
    await startRival(theirs)
    const [found = '', ...more] = await ask(ours)
    assert.equal(more, [])
    assert.match(
      found,
      /^error .*keepalived\.conf:1 another node already runs virtual_router_id 61 of/,
    )
    assert.match(found, reason)
  })
}

test('an instance that this node knows already is not asked about', async () => {
  await startRival({ password: 'secret' })
  assert.equal(await ask({ password: 'other' }, instance('here', 254, {})), [])
})

test('a VIP that a machine uses which is no peer', async () => {
  ipThere('address add 192.0.2.161/32 dev there')
  const [found = '', ...more] = await ask({ peer: '192.0.2.13' })
  assert.equal(more, [])
  assert.match(found, /^error .*192\.0\.2\.161 of VI_OLD is in use by a machine that is no peer/)
})

test('a peer that has the VIP and sends no adverts here', async () => {
  ipThere('address add 192.0.2.161/32 dev there')
  const [found = ''] = await ask({ peer: '192.0.2.12' })
  assert.match(found, /^warning .*in use by a peer .*of which no advert was heard/)
})

test('it leaves nothing behind', async () => {
  await ask({})
  assert.not.match(ip('-br address show dev here'), /192\.0\.2\.161/)
  assert.not.match(
    execFileSync('ps', ['-e', '-o', 'args'], { encoding: 'utf8' }),
    /--use-file=\/run\/tmp\./,
  )
})

test.run()

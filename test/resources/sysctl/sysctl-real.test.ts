import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sysctl } from '../../../agent/resources/sysctl/sysctl.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { CommitError, LocalError } from '../../../agent/system/errors.ts'
import { enterNamespace } from '../namespace.ts'

const system = createSystem()
const place = { file: 'roles/sysctl/tasks/main.yml', line: 3, key: 'sysctl' }
const ours = '/etc/sysctl.d/zz-evenkeel.conf'
const settings = { 'net.core.somaxconn': 16384, 'net.ipv4.ip_local_port_range': '10240 65535' }

enterNamespace(import.meta.url)

test.before(() => {
  // An empty /run as well, and the folders that are there, hidden.
  for (const folder of ['/etc/sysctl.d', '/run', '/usr/lib/sysctl.d']) {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  }
})
test.before.each(() => {
  rmSync('/run/sysctl.d', { recursive: true, force: true })
  for (const name of ['zz-evenkeel.conf', 'zzz-local.conf', 'zzz-link.conf']) {
    rmSync(`/etc/sysctl.d/${name}`, { force: true })
  }
  rmSync('/usr/lib/sysctl.d/zzz-package.conf', { force: true })
  writeFileSync('/proc/sys/net/core/somaxconn', '4096')
  writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '32768 60999')
  writeFileSync('/proc/sys/net/ipv4/conf/all/arp_ignore', '0')
})

test('a new setting goes to file and kernel, and is in sync then', async () => {
  assert.equal(await converge({ settings }), [
    'content',
    'net.core.somaxconn',
    'net.ipv4.ip_local_port_range',
  ])
  assert.match(readFileSync(ours, 'utf8'), /^net\.core\.somaxconn = 16384$/m)
  assert.is(statSync(ours).mode & 0o777, 0o644)
  assert.is(live('net/core/somaxconn'), '16384')
  assert.equal(await drift({ settings }), [])
})

test('a live value that someone changed is drift of that key alone', async () => {
  await converge({ settings })
  writeFileSync('/proc/sys/net/core/somaxconn', '128')
  assert.equal(await drift({ settings }), ['net.core.somaxconn'])
  await converge({ settings })
  assert.is(live('net/core/somaxconn'), '16384')
})

test('two tasks share the file and do not undo each other', async () => {
  const first = { name: 'net.core.somaxconn', value: 16384 }
  const second = { name: 'net.ipv4.conf.all.arp_ignore', value: 1 }
  await converge(first)
  await converge(second)
  assert.equal(await drift(first), [])
  assert.equal(await drift(second), [])
})

test('two tasks that were planned together do not undo each other either', async () => {
  const specs = [
    { name: 'net.core.somaxconn', value: 16384 },
    { name: 'net.ipv4.conf.all.arp_ignore', value: 1 },
  ].map((raw) => sysctl.parse(raw, place))
  const states = await Promise.all(specs.map((spec) => sysctl.observe(spec, system)))
  for (const [index, spec] of specs.entries()) {
    await sysctl.apply(spec, sysctl.diff(spec, states[index]!), states[index]!, system)
  }
  for (const spec of specs) {
    assert.equal(sysctl.diff(spec, await sysctl.observe(spec, system)), [])
  }
})

test('what wins at boot is what systemd-sysctl sets: a later file is put out of force', async () => {
  writeFileSync('/etc/sysctl.d/zzz-local.conf', '# ours\nnet.core.somaxconn = 128\nkernel.x = 1\n')
  chmodSync('/etc/sysctl.d/zzz-local.conf', 0o600)
  assert.ok((await drift({ settings })).includes('net.core.somaxconn at boot'))
  await converge({ settings })
  assert.equal(await drift({ settings }), [])
  assert.is(
    readFileSync('/etc/sysctl.d/zzz-local.conf', 'utf8'),
    '# ours\n# Evenkeel sets this key elsewhere: net.core.somaxconn = 128\nkernel.x = 1\n',
  )
  assert.is(statSync('/etc/sysctl.d/zzz-local.conf').mode & 0o777, 0o600)
  writeFileSync('/proc/sys/net/core/somaxconn', '77')
  boot()
  assert.is(live('net/core/somaxconn'), '16384')
})

test('a later file that is a link is edited where it leads, and stays a link', async () => {
  mkdirSync('/etc/sysctl.d/real', { recursive: true })
  writeFileSync('/etc/sysctl.d/real/local', 'net.core.somaxconn = 128\n')
  symlinkSync('real/local', '/etc/sysctl.d/zzz-link.conf')
  await converge({ settings })
  assert.equal(await drift({ settings }), [])
  assert.match(readFileSync('/etc/sysctl.d/zzz-link.conf', 'utf8'), /^# Evenkeel/)
  assert.equal(await system.readLink('/etc/sysctl.d/zzz-link.conf'), 'real/local')
})

test('a later file of a package is refused with the way out, and masking it helps', async () => {
  writeFileSync('/usr/lib/sysctl.d/zzz-package.conf', 'net.core.somaxconn = 128\n')
  const message = await refusal({ settings })
  assert.match(message, /settings\.net\.core\.somaxconn: .*zzz-package\.conf:1 would take it back/)
  assert.match(message, /link \/etc\/sysctl\.d\/zzz-package\.conf to \/dev\/null/)
  symlinkSync('/dev/null', '/etc/sysctl.d/zzz-package.conf')
  assert.is(await refusal({ settings }), '')
  rmSync('/etc/sysctl.d/zzz-package.conf')
})

test('a value that the kernel rejects is refused before anything is written', async () => {
  const message = await refusal({ name: 'net.ipv4.ip_local_port_range', value: '65535 1024' })
  assert.match(message, /sysctl\.name: the kernel does not take "65535 1024": Invalid argument/)
  assert.is(live('net/ipv4/ip_local_port_range'), '32768 60999')
})

test('a value that the kernel would keep in another form is refused', async () => {
  const message = await refusal({ name: 'net.core.somaxconn', value: '0x10' })
  assert.match(message, /the kernel makes "16" of "0x10"/)
})

test("a range below 1024 is judged with the node's own ip_unprivileged_port_start", async () => {
  const wide = { name: 'net.ipv4.ip_local_port_range', value: '80 65535' }
  assert.match(await refusal(wide), /Invalid argument/)
  writeFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', '80')
  assert.is(await refusal(wide), '')
  writeFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', '1024')
})

test('an unknown key is refused with the key that was meant, a read-only one as such', async () => {
  assert.match(
    await refusal({ name: 'net.core.somaxcon', value: 1 }),
    /no such key; did you mean net\.core\.somaxconn\?/,
  )
  assert.match(
    await refusal({ name: 'net.ipv4.tcp_tw_recycle', value: 1 }),
    /Linux 4\.12 dropped it/,
  )
  assert.match(await refusal({ name: 'net.core', value: 1 }), /no such key/)
  assert.match(await refusal({ name: 'net.core.rmem_max', value: 1 }), /read-only on this node/)
})

test('with ignore_missing an unknown key is a remark', async () => {
  const raw = { settings: { ...settings, 'net.ipv4.tcp_tw_recycle': 1 }, ignore_missing: true }
  assert.is(await refusal(raw), '')
  await converge(raw)
  assert.equal(await drift(raw), [])
  assert.not.match(readFileSync(ours, 'utf8'), /recycle/)
  const spec = sysctl.parse(raw, place)
  assert.equal(sysctl.notes?.(spec, await sysctl.observe(spec, system)), [
    'net.ipv4.tcp_tw_recycle is left out: this kernel does not have it',
  ])
})

test("the kernel's word comes with the key when applying fails", async () => {
  const error = await converge({ name: 'net.ipv4.ip_local_port_range', value: '9 1' }).catch(
    (thrown: unknown) => thrown,
  )
  assert.instance(error, LocalError)
  assert.match(String(error), /"9 1" for net\.ipv4\.ip_local_port_range: .*EINVAL/)
})

test('removal puts back the value found at first, and the lines put out of force', async () => {
  const local = '/etc/sysctl.d/zzz-local.conf'
  writeFileSync(local, 'net.core.somaxconn = 128\n')
  const spec = sysctl.parse({ settings }, place)
  const owned = sysctl.ownership?.owned(spec, await sysctl.observe(spec, system)) ?? []
  assert.equal(
    owned.map(({ name }) => name),
    sysctl.ownership?.claims(spec),
  )
  await converge({ settings })
  for (const each of owned.toReversed()) {
    assert.is.not((await sysctl.ownership?.removal(each, system))?.length, 0, each.name)
    await sysctl.ownership?.remove(each, system)
    assert.equal(await sysctl.ownership?.removal(each, system), [], each.name)
  }
  // The file that sets it at boot wins over what was found.
  assert.is(live('net/core/somaxconn'), '128')
  assert.is(live('net/ipv4/ip_local_port_range'), '32768 60999')
  assert.is(readFileSync(local, 'utf8'), 'net.core.somaxconn = 128\n')
  assert.not.ok(existsSync(ours))
})

test('a key that leaves takes its line along and nothing else', async () => {
  await converge({ settings })
  const spec = sysctl.parse({ settings }, place)
  const [somaxconn] = sysctl.ownership?.owned(spec, await sysctl.observe(spec, system)) ?? []
  await sysctl.ownership?.remove({ ...somaxconn!, before: '4096' }, system)
  assert.is(live('net/core/somaxconn'), '4096')
  assert.equal(await drift({ settings: { 'net.ipv4.ip_local_port_range': '10240 65535' } }), [])
  assert.not.match(readFileSync(ours, 'utf8'), /somaxconn/)
})

test('a key that moves to another file leaves others out of force', async () => {
  writeFileSync('/etc/sysctl.d/zzz-local.conf', 'net.core.somaxconn = 128\n')
  const before = { settings, sysctl_file: '/etc/sysctl.d/zz-first.conf' }
  await converge(before)
  await converge({ settings })
  const spec = sysctl.parse(before, place)
  for (const name of sysctl.ownership?.claims(spec) ?? []) {
    await sysctl.ownership?.remove({ name, before: '4096' }, system)
  }
  assert.equal(await drift({ settings }), [])
  assert.not.ok(existsSync('/etc/sysctl.d/zz-first.conf'))
})

test.run()

async function drift(raw: Record<string, unknown>): Promise<readonly string[]> {
  const spec = sysctl.parse(raw, place)
  return sysctl.diff(spec, await sysctl.observe(spec, system)).map(({ field }) => field)
}

async function converge(raw: Record<string, unknown>): Promise<readonly string[]> {
  const spec = sysctl.parse(raw, place)
  const state = await sysctl.observe(spec, system)
  const changes = sysctl.diff(spec, state)
  await sysctl.apply(spec, changes, state, system)
  return changes.map(({ field }) => field)
}

/** What `check` says; empty when it lets the task pass. */
async function refusal(raw: Record<string, unknown>): Promise<string> {
  try {
    await sysctl.check?.(sysctl.parse(raw, place), place, system)
    return ''
  } catch (error) {
    assert.instance(error, CommitError)
    return String(error)
  }
}

function boot(): void {
  execFileSync('/usr/lib/systemd/systemd-sysctl', { stdio: 'pipe' })
}

function live(path: string): string {
  return readFileSync(`/proc/sys/${path}`, 'utf8').trim().replaceAll('\t', ' ')
}

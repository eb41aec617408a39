/** Real sockets of another process, real addresses and kernel settings, in a network namespace. */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeNode, nodeRules } from '../../../agent/checks/node/check-node.ts'
import { futureDisk } from '../../../agent/checks/node/future-disk.ts'
import { readFutureHaproxy } from '../../../agent/checks/node/future-haproxy.ts'
import { observeNode } from '../../../agent/checks/node/node-view.ts'
import type { Wanted } from '../../../agent/checks/node/wanted.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { enterNamespace } from '../../resources/namespace.ts'

enterNamespace(import.meta.url)

const system = createSystem()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-node-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

test.before(() => {
  const ip = (words: string) => execFileSync('ip', words.split(' '))
  ip('link set lo up')
  // A bridge without ports: not every kernel has dummy devices
  ip('link add lan type bridge')
  ip('link set lan up')
  ip('address add 192.0.2.11/24 dev lan')
  ip('-6 address add 2001:db8::11/64 dev lan nodad')
  ip('route add local 198.51.100.0/24 dev lo')
})

/** What is found for one file, as `rule: message`. */
async function check(path: string, text: string): Promise<readonly string[]> {
  const place = { file: 'roles/x/tasks/main.yml', line: 7 }
  const wanted: Wanted = {
    host: 'lb1',
    addresses: ['192.0.2.11'],
    files: new Map([[path, { text, place, mode: 0o644 }]]),
    folders: new Set(),
    sysctls: new Map(),
    units: [],
  }
  const haproxy = await readFutureHaproxy(wanted, futureDisk(wanted.files, new Set(), system))
  const paths = nodeRules.flatMap((rule) => rule.paths?.(wanted, haproxy) ?? [])
  const node = await observeNode(haproxy, paths, false, system)
  return judgeNode(wanted, node, new Set([path])).map(({ rule, message }) => `${rule}: ${message}`)
}

const bind = (words: string): Promise<readonly string[]> =>
  check('/etc/haproxy/haproxy.cfg', `frontend a\n bind ${words}\n`)

/** Runs something while another process has a socket. */
async function whileHeld(
  kind: 'tcp' | 'udp',
  address: string,
  action: (pid: number) => Promise<void>,
): Promise<void> {
  const script =
    kind === 'tcp'
      ? `require('net').createServer().listen({ host: '${address}', port: 8080, ipv6Only: ${address === '::'} }, () => console.log())`
      : `require('dgram').createSocket('udp4').bind(8080, '${address}', () => console.log())`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  try {
    await action(child.pid ?? 0)
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
  }
}

/** Whether the kernel lets us listen; Node sets SO_REUSEADDR as haproxy does. */
function canListen(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: 8080, ipv6Only: host.includes(':') }, () =>
      server.close(() => resolve(true)),
    )
  })
}

const hosts = ['0.0.0.0', '127.0.0.1', '192.0.2.11', '::', '::1', '2001:db8::11']
for (const held of hosts) {
  test(`tells who has ${held}, and agrees with the kernel on what that is in the way of`, () =>
    whileHeld('tcp', held, async (pid) => {
      for (const host of hosts) {
        const words = host.includes(':') ? `[${host}]:8080 v6only` : `${host}:8080`
        const found = await bind(words)
        assert.is(found.length === 0, await canListen(host), `${words}: ${found.join('\n')}`)
        if (found.length > 0) {
          assert.match(found[0] ?? '', new RegExp(`^haproxy-port-held: .*: pid ${pid} \\(.*-e req`))
        }
      }
    }))
}

test('says nothing once the port is free', async () => {
  assert.equal(await bind(':8080'), [])
})

test('tells who has a UDP port', () =>
  whileHeld('udp', '0.0.0.0', async (pid) => {
    const text = 'input(type="imudp" address="127.0.0.1" port="8080")\n'
    const found = await check('/etc/rsyslog.d/a.conf', text)
    assert.is(found.length, 1)
    assert.match(found[0] ?? '', new RegExp(`^rsyslog-input: .* pid ${pid} `))
  }))

test('knows addresses of this node as the kernel does', async () => {
  for (const host of ['192.0.2.12', '203.0.113.7', '127.9.9.9', '198.51.100.77', '192.0.2.11']) {
    assert.is((await bind(`${host}:8080`)).length === 0, await canListen(host), host)
  }
  for (const host of ['2001:db8::11', '2001:db8::12']) {
    assert.is((await bind(`[${host}]:8080`)).length === 0, await canListen(host), host)
  }
})

test('reads ip_nonlocal_bind', async () => {
  const key = '/proc/sys/net/ipv4/ip_nonlocal_bind'
  writeFileSync(key, '1')
  assert.equal(await bind('203.0.113.7:8080'), [])
  assert.ok(await canListen('203.0.113.7'))
  writeFileSync(key, '0')
  assert.is((await bind('203.0.113.7:8080')).length, 1)
})

test('looks at folders through links, and at the interpreters of scripts', async () => {
  mkdirSync(join(folder, 'jail'))
  const jail = (name: string): Promise<readonly string[]> =>
    check('/etc/haproxy/haproxy.cfg', `global\n chroot ${join(folder, name)}\n`)
  assert.equal(await jail('jail'), [])
  assert.match((await jail('none'))[0] ?? '', /none does not exist/)
  execFileSync('ln', ['-s', 'jail', join(folder, 'link')])
  assert.equal(await jail('link'), [])
  chmodSync(join(folder, 'jail'), 0o777)
  assert.match((await jail('link'))[0] ?? '', /own user may write there/)

  const script = join(folder, 'check')
  writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 })
  const track = (): Promise<readonly string[]> =>
    check('/etc/keepalived/keepalived.conf', `vrrp_script a {\n script "${script} 1"\n}\n`)
  assert.equal(await track(), [])
  writeFileSync(script, `#!${folder}/nosh\n`)
  assert.match((await track())[0] ?? '', /needs .*nosh, which does not exist/)
  chmodSync(script, 0o644)
  assert.match((await track())[0] ?? '', /is not executable/)
})

test.run()

/** Two nodes on one wire, in a network of their own: real addresses, real connections, a real firewall. */
import { execFileSync } from 'node:child_process'
import { createServer as createHttpServer, request } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askPeers } from '../../../agent/daemon/evidence/ask-peers.ts'
import { startEvidence } from '../../../agent/daemon/evidence/start-evidence.ts'
import type { EvidenceExchange } from '../../../agent/daemon/evidence/start-evidence.ts'
import type { PeerView } from '../../../agent/peers/evidence.ts'
import { proveQuestion } from '../../../agent/peers/proof.ts'
import type { Profile } from '../../../agent/store/profile.ts'
import { linesOf } from '../../lines-of.ts'
import { enterNamespace } from '../../resources/namespace.ts'
import { addresses, evidenceOf, key, profileOf } from './sample.ts'

enterNamespace(import.meta.url)
const sh = (command: string): string => execFileSync('sh', ['-c', command]).toString()
const hasAddress = (what: 'add' | 'del', address: string): string =>
  sh(`ip address ${what} ${address}/24 dev wire`)
sh(
  'ip link set lo up; ip link add wire type veth peer name end; ip link set end up; ip link set wire up',
)
hasAddress('add', addresses.lb1)
hasAddress('add', addresses.lb2)

const running = new Set<EvidenceExchange>()
const servers = new Set<{ close(): unknown }>()
/** What each is warned of at the moment. */
const warned = new Map<string, string>()

function start(profile: Profile | null): EvidenceExchange {
  const self = profile?.self ?? 'lb1'
  const exchange = startEvidence({
    profile,
    interval: 300,
    compose: async (host) => evidenceOf(host),
    warnings: { set: (_source, found) => void warned.set(self, linesOf(found)) },
  })
  running.add(exchange)
  return exchange
}

function peerOf(exchange: EvidenceExchange): PeerView {
  const [peer] = exchange.peers()
  assert.ok(peer)
  return peer
}

/** Waits until something is so. 2 min: this machine may be as busy as it likes. */
async function until(what: string, isTrue: () => boolean, seen: () => unknown): Promise<void> {
  for (let tries = 0; tries < 2400; tries += 1) {
    if (isTrue()) return
    await sleep(50)
  }
  assert.unreachable(`${what}: ${JSON.stringify(seen())}`)
}
const untilSeen = (one: EvidenceExchange): Promise<void> =>
  until('answered', () => peerOf(one).problem === null, one.peers)
const untilProblem = (one: EvidenceExchange, problem: RegExp): Promise<void> =>
  until(String(problem), () => problem.test(peerOf(one).problem ?? ''), one.peers)

async function end(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()))
  running.clear()
  for (const server of servers) server.close()
  servers.clear()
}
test.after.each(end)

interface Question {
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
  readonly method?: string
  readonly body?: string
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** Asks a host, on a connection of its own. */
function send(host: string, { body: said, ...options }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port: 9721, path: '/v1/evidence', agent: false, ...options })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      )
      response.on('error', reject)
    })
    asked.end(said)
  })
}

/** A question to lb1, as its peer asks it unless said otherwise. */
function ask(more: Question = {}): Promise<Answer> {
  const question = { from: 'lb2', to: 'lb1', nonce: '0'.repeat(32) }
  const proven = {
    'evenkeel-from': question.from,
    'evenkeel-to': question.to,
    'evenkeel-nonce': question.nonce,
    'evenkeel-proof': proveQuestion(key, question),
  }
  return send(addresses.lb1, { ...more, headers: { ...proven, ...more.headers } })
}

test('each sees what the other has proven', async () => {
  const [one, two] = [start(profileOf('lb1')), start(profileOf('lb2'))]
  await Promise.all([untilSeen(one), untilSeen(two)])
  assert.equal(peerOf(one).evidence, evidenceOf('lb2'))
  assert.equal(peerOf(two).evidence, evidenceOf('lb1'))
  assert.is(peerOf(one).name, 'lb2')
  assert.ok((peerOf(one).age ?? Infinity) < 2000)
  assert.is(one.problem(), null)
})

test('a run asks for itself, and is told why where there is no answer', async () => {
  start(profileOf('lb2'))
  const ask = async (profile: Profile): Promise<PeerView> => {
    const [peer] = await askPeers(profile)
    assert.ok(peer)
    return peer
  }
  let seen = await ask(profileOf('lb1'))
  await until(
    'answered',
    () => seen.evidence !== null || (void again(), false),
    () => seen,
  )
  assert.equal(seen.evidence, evidenceOf('lb2'))
  assert.match(
    (await ask(profileOf('lb1', { key: 'another one' }))).problem ?? '',
    /refuses the qu/,
  )
  assert.match(
    (await ask({ ...profileOf('lb1'), evidence: null })).problem ?? '',
    /evenkeel_peer_key/,
  )
  async function again(): Promise<void> {
    seen = await ask(profileOf('lb1'))
  }
})

test('with another key they know nothing of each other, and say so, until they have the same', async () => {
  const [one, two] = [start(profileOf('lb1')), start(profileOf('lb2', { key: 'another one' }))]
  const problem = /lb. \(.*, port 9721\) refuses .* compare evenkeel_peer_key of both hosts/
  await Promise.all([untilProblem(one, problem), untilProblem(two, problem)])
  assert.is(peerOf(one).evidence, null)
  two.update(profileOf('lb2'))
  await Promise.all([untilSeen(one), untilSeen(two)])
})

test('a peer that ends is told from one that is silent, and is seen again when it is back', async () => {
  const [one, two] = [start(profileOf('lb1')), start(profileOf('lb2'))]
  await untilSeen(one)
  await two.stop()
  await untilProblem(one, /refuses the connection: its agent does not run/)
  assert.equal(peerOf(one).evidence, evidenceOf('lb2'), 'what it proved is kept, with its age')
  const before = peerOf(one).age ?? 0
  await until(
    'three failures',
    () => /^peer-silent lb2 .*refuses the connection/.test(warned.get('lb1') ?? ''),
    () => warned,
  )
  assert.ok((peerOf(one).age ?? 0) > before)

  const silent = createServer((socket) => socket.on('error', () => {})).listen(9721, addresses.lb2)
  servers.add(silent)
  await untilProblem(one, /does not answer within 1 s/)
  silent.close()
  silent.unref()
  servers.delete(silent)
  await sleep(50)
  start(profileOf('lb2'))
  await untilSeen(one)
  assert.is(warned.get('lb1'), '')
})

test('a firewall that drops the port is a silence', async () => {
  const [one] = [start(profileOf('lb1')), start(profileOf('lb2'))]
  await untilSeen(one)
  sh(`iptables -I INPUT -p tcp -d ${addresses.lb2} --dport 9721 -j DROP`)
  try {
    await untilProblem(one, /does not answer within 1 s: the node is down, or a firewall drops/)
  } finally {
    sh('iptables -F INPUT')
  }
  await untilSeen(one)
})

test('an address that is not there yet, goes and comes back', async () => {
  hasAddress('del', addresses.lb2)
  const two = start(profileOf('lb2'))
  const one = start(profileOf('lb1'))
  const isSaid = (): boolean =>
    /^evidence-unserved no peer can ask here: this node does not have the address 192/m.test(
      warned.get('lb2') ?? '',
    )
  await until('said', isSaid, two.problem)
  await untilProblem(two, /this node does not have its address 192.0.2.12 at the moment/)
  hasAddress('add', addresses.lb2)
  await Promise.all([untilSeen(one), untilSeen(two)])
  assert.equal([two.problem(), warned.get('lb2')], [null, ''])
  hasAddress('del', addresses.lb2)
  await untilProblem(one, /lb2/)
  hasAddress('add', addresses.lb2)
  await Promise.all([untilSeen(one), untilSeen(two)])
})

test('a port that somebody else has is said, and taken once it is free', async () => {
  const squatter = createServer().listen(9721, addresses.lb1)
  const one = start(profileOf('lb1'))
  await until('said', () => /another process has/.test(one.problem() ?? ''), one.problem)
  squatter.close()
  await until('served', () => one.problem() === null, one.problem)
})

/** Stands in for lb2, and hands each question to `answer`. */
async function standIn(answer: (headers: IncomingHttpHeaders) => Promise<Answer>): Promise<Server> {
  const server = createHttpServer((asked, response) => {
    void answer(asked.headers).then(({ status, headers, body }) => {
      response.writeHead(status, { 'evenkeel-proof': String(headers['evenkeel-proof']) })
      response.end(body)
    })
  })
  servers.add({ close: () => (server.close(), server.closeAllConnections()) })
  await new Promise<void>((resolve) => server.listen(9721, addresses.lb2, resolve))
  return server
}
const words = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('evenkeel-') ? [[name, String(value)]] : [],
    ),
  )

test('an answer of a minute ago, or to another question, proves nothing', async () => {
  // The true lb2, elsewhere
  const far = '192.0.2.13'
  hasAddress('add', far)
  start(profileOf('lb2', { address: far }))
  await sleep(100)
  let kept: Answer | null = null
  let isReplay = false
  await standIn(async (headers) => {
    if (isReplay && kept !== null) return kept
    kept = await send(far, { headers: words(headers) })
    return kept
  })
  const one = start(profileOf('lb1'))
  await untilSeen(one)
  isReplay = true
  await untilProblem(one, /gives an answer that is not its own: compare evenkeel_peer_key/)
  hasAddress('del', far)
})

test('an answer that was changed on the way proves nothing', async () => {
  const far = '192.0.2.13'
  hasAddress('add', far)
  start(profileOf('lb2', { address: far }))
  await sleep(100)
  await standIn(async (headers) => {
    const answer = await send(far, { headers: words(headers) })
    return { ...answer, body: answer.body.replace('"isReady":true', '"isReady":false') }
  })
  const one = start(profileOf('lb1'))
  await untilProblem(one, /not its own/)
  hasAddress('del', far)
})

test('its own answer, mirrored, is not taken for the peer', async () => {
  await standIn((headers) => send(addresses.lb1, { headers: words(headers) }))
  const one = start(profileOf('lb1'))
  await untilProblem(one, /refuses the question of lb1/)
  assert.is(peerOf(one).evidence, null)
})

test('whoever does not prove that they know the key learns nothing at all', async () => {
  const one = start(profileOf('lb1'))
  await until('served', () => one.problem() === null, one.problem)
  assert.is((await ask()).status, 200)
  for (const more of [
    { headers: { 'evenkeel-proof': '' } },
    { headers: { 'evenkeel-proof': '0'.repeat(64) } },
    { headers: { 'evenkeel-from': 'lb3' } },
    { headers: { 'evenkeel-to': 'lb2' } },
    { headers: { 'evenkeel-to': '%' } },
    { headers: { 'evenkeel-nonce': '1'.repeat(32) } },
    { headers: { 'evenkeel-nonce': 'x' } },
    { path: '/' },
    { path: '/v1/evidence?' },
    { method: 'POST' },
    { body: 'x', headers: { 'content-length': '1' } },
    { body: 'x', headers: { 'transfer-encoding': 'chunked' } },
    { headers: { expect: '100-continue' } },
  ]) {
    const { status, body, headers } = await ask(more)
    assert.is(status, 403, JSON.stringify(more))
    assert.is(body, '')
    assert.is(headers['evenkeel-proof'], undefined)
  }
})

test('the key is in nothing that is served', async () => {
  const one = start(profileOf('lb1'))
  await until('served', () => one.problem() === null, one.problem)
  const { body, headers } = await ask()
  assert.not.match(body + JSON.stringify(headers), key)
})

/** Opens a connection to lb1, sends something, and waits for its end. */
function knock(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(9721, addresses.lb1)
    let said = ''
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => (said += chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(said))
  })
}

test('connections that say too much, too little or nonsense are ended, and peers still get through', async () => {
  const one = start(profileOf('lb1'))
  await until('served', () => one.problem() === null, one.problem)
  const two = start(profileOf('lb2'))
  const strangers = Array.from({ length: 100 }, () => knock(''))
  const ended = await Promise.all([
    knock(`GET /v1/evidence HTTP/1.1\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`),
    knock('nonsense\r\n\r\n'),
    knock('GET /v1/evidence HTTP/1.1\r\n'),
    knock('GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    knock('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n'),
    ...strangers,
  ])
  for (const said of ended) assert.not.match(said, /200 OK/)
  await untilSeen(two)
})

test('evidence of another version is no evidence', async () => {
  const two = startEvidence({
    profile: profileOf('lb2'),
    interval: 300,
    compose: async () => ({ ...evidenceOf('lb2'), version: 2 }) as never,
    warnings: { set: () => {} },
  })
  running.add(two)
  const one = start(profileOf('lb1'))
  await untilProblem(one, /another version: install the same Evenkeel on both hosts/)
})

test('a node that can not say where it stands says nothing', async () => {
  const two = startEvidence({
    profile: profileOf('lb2'),
    interval: 300,
    compose: () => Promise.reject(new Error('x')),
    warnings: { set: () => {} },
  })
  running.add(two)
  await untilProblem(start(profileOf('lb1')), /answers with status 503/)
})

test('without a key nothing is served and nobody is asked', async () => {
  const one = start({ ...profileOf('lb1'), evidence: null })
  assert.equal(one.peers(), [])
  await until('settled', () => one.problem() === null, one.problem)
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(9721, addresses.lb1, resolve))
  assert.is((free.address() as AddressInfo).port, 9721)
  free.close()
})

test('a node of which no run knows anything yet begins once one does', async () => {
  const [one] = [start(null), start(profileOf('lb2'))]
  assert.equal(one.peers(), [])
  one.update(profileOf('lb1'))
  await untilSeen(one)
  one.update(null)
  assert.equal(one.peers(), [])
})

test('a profile that changed asks others, and leaves what is the same alone', async () => {
  const [one] = [start(profileOf('lb1')), start(profileOf('lb2'))]
  await untilSeen(one)
  one.update({ ...profileOf('lb1'), files: ['/etc/a'] })
  assert.equal(peerOf(one).evidence, evidenceOf('lb2'))
  const [peer] = profileOf('lb1').scope.peers
  assert.ok(peer)
  const scope = { ...profileOf('lb1').scope, peers: [{ ...peer, name: '192.0.2.12' }] }
  one.update({ ...profileOf('lb1'), scope })
  assert.equal(one.peers(), [], 'a peer without a name can prove nothing')
})

test.run()

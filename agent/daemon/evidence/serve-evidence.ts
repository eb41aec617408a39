import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Evidence } from '../../peers/evidence.ts'
import { evidencePath, isProof, proveAnswer, proveQuestion } from '../../peers/proof.ts'
import type { Question } from '../../peers/proof.ts'
import type { EvidenceAccess } from '../../store/profile.ts'
import { limitConnections } from './limit-connections.ts'
import type { ConnectionGuard } from './limit-connections.ts'

/** Milliseconds until an address that can't be served at is tried again: it may come with the network. */
const retry = 2_000

/** Peers are few, ask each second, and say little. */
const limits = {
  connections: { all: 32, perAddress: 8 },
  /** Bytes of a request's first lines; there is no more of it. */
  headers: 4096,
  /** Milliseconds for a request to be complete, and how often that is looked at. */
  request: 2_000,
  check: 1_000,
  /** Milliseconds that a connection stays open for the next question. */
  idle: 10_000,
} as const

/** What {@link EvidenceServer.problem} says until the first attempt to listen has had its end. */
export const notYet = 'evidence is not served yet'

/** What serves this node's evidence. */
export interface EvidenceServer {
  /** Why nobody can ask at the moment; null: they can. */
  problem(): string | null
  stop(): Promise<void>
}

export interface ServeOptions {
  /** Name of this node in the inventory. */
  readonly self: string
  readonly access: EvidenceAccess
  readonly compose: (self: string) => Promise<Evidence>
  /** Peers can ask from now on, or can't. */
  readonly onChange: () => void
}

/**
 * Serves the evidence at one address, to those who know the key. Everybody else learns nothing, not even
 * why. Never throws: an address that is not there yet is tried again.
 */
export function serveEvidence({ self, access, compose, onChange }: ServeOptions): EvidenceServer {
  const { address, port, key } = access
  let problem: string | null = notYet
  let server: Server | null = null
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function listen(): void {
    const opened = createServer(
      {
        maxHeaderSize: limits.headers,
        requestTimeout: limits.request,
        connectionsCheckingInterval: limits.check,
        keepAliveTimeout: limits.idle,
      },
      (request, response) => void answer(request, response, guard),
    )
    server = opened
    const guard = limitConnections(opened, limits.connections)
    opened.on('clientError', (_error, socket) => socket.destroy())
    opened.on('checkContinue', refuse)
    opened.on('checkExpectation', refuse)
    opened.on('upgrade', (_request, socket) => socket.destroy())
    opened.on('connect', (_request, socket) => socket.destroy())
    opened.on('listening', () => tell(null))
    opened.on('error', (error: NodeJS.ErrnoException) => {
      tell(explain(error, address, port))
      opened.close()
      if (!isStopped) timer = setTimeout(listen, retry)
    })
    opened.listen({ host: address, port, exclusive: true })
  }

  function tell(next: string | null): void {
    problem = next
    onChange()
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    guard: ConnectionGuard,
  ): Promise<void> {
    const question = readQuestion(request)
    const { 'evenkeel-proof': given } = request.headers
    const isProven =
      question !== null && question.to === self && isProof(given, proveQuestion(key, question))
    if (!isProven) return refuse(request, response)
    guard.trust(request.socket)
    try {
      const body = JSON.stringify(await compose(self))
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'evenkeel-proof': proveAnswer(key, question, body),
      })
      response.end(body)
    } catch {
      response.writeHead(503, { connection: 'close' }).end()
    }
  }

  listen()
  return {
    problem: () => problem,
    stop: () =>
      new Promise((resolve) => {
        isStopped = true
        clearTimeout(timer)
        server?.close(() => resolve())
        server?.closeAllConnections()
        if (server === null) resolve()
      }),
  }
}

/** null: it is none, or has a body, which no question has. */
function readQuestion({ method, url, headers }: IncomingMessage): Question | null {
  const { 'evenkeel-from': from, 'evenkeel-to': to, 'evenkeel-nonce': nonce } = headers
  if (method !== 'GET' || url !== evidencePath) return null
  if (Number(headers['content-length'] ?? 0) !== 0 || headers['transfer-encoding']) return null
  if (typeof from !== 'string' || typeof to !== 'string' || typeof nonce !== 'string') return null
  if (!/^[0-9a-f]{32}$/.test(nonce)) return null
  try {
    return { from: decodeURIComponent(from), to: decodeURIComponent(to), nonce }
  } catch {
    return null
  }
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  response.on('finish', () => request.socket.destroy())
  response.writeHead(403, { connection: 'close', 'content-length': 0 }).end()
}

function explain({ code, message }: NodeJS.ErrnoException, address: string, port: number): string {
  const where = `${address} port ${port}`
  if (code === 'EADDRNOTAVAIL')
    return `this node does not have the address ${address} at the moment`
  if (code === 'EADDRINUSE') return `another process has ${where}: set evenkeel_port, or stop it`
  return `evidence can't be served at ${where}: ${message}`
}

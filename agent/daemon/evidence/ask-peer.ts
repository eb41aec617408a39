import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { parseEvidence } from '../../peers/evidence.ts'
import type { Evidence } from '../../peers/evidence.ts'
import { evidencePath, isProof, proveAnswer, proveQuestion } from '../../peers/proof.ts'
import type { EvidenceAccess } from '../../store/profile.ts'

/** Milliseconds until a question counts as not answered. */
export const deadline = 1_000
/** Bytes; evidence has about 1000. */
const longestAnswer = 64 * 1024

export interface Peer {
  readonly name: string
  readonly address: string
}

/** What came of a question: proven evidence, or a sentence on why there is none. */
export type Answer =
  { readonly evidence: Evidence } | { readonly evidence: null; readonly problem: string }

/**
 * Asks a peer for its evidence, once. Never throws.
 * @param agent keeps the connection open for the next question
 */
export async function askPeer(
  self: string,
  peer: Peer,
  access: EvidenceAccess,
  agent: Agent,
): Promise<Answer> {
  const question = { from: self, to: peer.name, nonce: randomBytes(16).toString('hex') }
  const where = `${peer.name} (${peer.address}, port ${access.port})`
  const no = (problem: string): Answer => ({ evidence: null, problem: `${where} ${problem}` })
  try {
    const { status, proof, body } = await get(peer, access, agent, {
      'evenkeel-from': encodeURIComponent(question.from),
      'evenkeel-to': encodeURIComponent(question.to),
      'evenkeel-nonce': question.nonce,
      'evenkeel-proof': proveQuestion(access.key, question),
    })
    if (status === 403) {
      return no(`refuses the question of ${self}: compare evenkeel_peer_key of both hosts`)
    }
    if (status !== 200) return no(`answers with status ${status} instead of its evidence`)
    if (!isProof(proof, proveAnswer(access.key, question, body))) {
      return no('gives an answer that is not its own: compare evenkeel_peer_key of both hosts')
    }
    const evidence = parseEvidence(body)
    if (evidence === null) {
      return no('gives evidence of another version: install the same Evenkeel on both hosts')
    }
    return evidence.host === peer.name ? { evidence } : no(`says that it is ${evidence.host}`)
  } catch (error) {
    return no(explain(error as NodeJS.ErrnoException, access))
  }
}

interface Got {
  readonly status: number | undefined
  readonly proof: unknown
  readonly body: string
}

function get(
  peer: Peer,
  { address, port }: EvidenceAccess,
  agent: Agent,
  headers: Readonly<Record<string, string>>,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    // From the address that the peer's firewall knows
    const isSameFamily = isIP(address) !== 0 && isIP(address) === isIP(peer.address)
    const asked = request({
      host: peer.address,
      port,
      path: evidencePath,
      headers,
      agent,
      ...(isSameFamily && { localAddress: address }),
    })
    const timer = setTimeout(() => {
      asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }))
    }, deadline)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      asked.destroy()
      reject(error)
    }
    asked.on('error', fail)
    asked.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > longestAnswer) fail(new Error('gives an answer that is far too long'))
        else chunks.push(chunk)
      })
      response.on('error', fail)
      response.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: response.statusCode,
          proof: response.headers['evenkeel-proof'],
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    asked.end()
  })
}

function explain({ code, message }: NodeJS.ErrnoException, { address }: EvidenceAccess): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refuses the connection: its agent does not run, or has no evenkeel_peer_key'
    case 'ETIMEDOUT':
      return `does not answer within ${deadline / 1000} s: the node is down, or a firewall drops the port`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `can't be reached (${code}): the node is down, or its network`
    case 'EADDRNOTAVAIL':
      return `can't be asked, since this node does not have its address ${address} at the moment`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `can't be found by its name (${code}): give it an ansible_host`
    case 'ECONNRESET':
      return 'has closed the connection: its agent was just stopped, or somebody holds more connections to its port than it can have'
    default:
      return `can't be asked: ${message}`
  }
}

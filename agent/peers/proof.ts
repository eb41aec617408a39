import { createHmac, timingSafeEqual } from 'node:crypto'

/** One question of an agent to a peer. */
export interface Question {
  /** Names in the inventory: who asks whom. */
  readonly from: string
  readonly to: string
  /** 32 hex digits by chance, new for each question: what makes an old answer worthless. */
  readonly nonce: string
}

/** Where a peer serves its evidence. */
export const evidencePath = '/v1/evidence'

/** The asker knows the key. Whoever replays it gets the same as whoever listens: evidence is no secret. */
export function proveQuestion(key: string, { from, to, nonce }: Question): string {
  return sign(key, ['GET', evidencePath, from, to, nonce])
}

/** The answer is the peer's own, to this question and no other, and nobody has changed it on the way. */
export function proveAnswer(key: string, { from, to, nonce }: Question, body: string): string {
  return sign(key, ['answer', from, to, nonce, body])
}

/** Compares in a time that tells nothing of where they differ. */
export function isProof(given: unknown, expected: string): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false
  return timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1'))
}

/** HMAC-SHA256 in hex. As JSON, no two lists of words look alike. */
function sign(key: string, words: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(words)).digest('hex')
}

import {
  fingerprintIn,
  fingerprintVariable as variable,
} from '../../programs/haproxy/fingerprint.ts'
import { readText } from '../../system/read-text.ts'
import type { System } from '../../system/system.ts'
import type { Fingerprint } from '../effects.ts'

/** Which configuration is on disk, and which one runs. */
export interface FingerprintState {
  /** null when the file is absent or holds none: then there is nothing to compare. */
  readonly onDisk: string | null
  /** null when the process has none, or doesn't answer. */
  readonly running: string | null
  readonly isAnswering: boolean
}

/** Compares what the file says with what the process says: a failed reload keeps the old value. */
export async function readFingerprint(
  { file, socket }: Fingerprint,
  system: Pick<System, 'inspect' | 'ask'>,
): Promise<FingerprintState> {
  const config = await readText(file, system)
  const onDisk = config && fingerprintIn(config)
  if (onDisk === null) return { onDisk, running: null, isAnswering: true }
  // haproxy's management guide: `show env NAME` answers `NAME=value`
  const answer = await system.ask(socket, `show env ${variable}`)
  const running = new RegExp(`^${variable}=(\\S+)`, 'm').exec(answer ?? '')?.[1] ?? null
  return { onDisk, running, isAnswering: answer !== null && answer.trim() !== '' }
}

/** True when the process runs another configuration than the one on disk, or can't say. */
export function isOutdated(state: FingerprintState): boolean {
  return state.onDisk !== null && state.running !== state.onDisk
}

/** The pid of the worker that answers, which a reload that took effect changes. */
export async function readWorker(
  { socket }: Fingerprint,
  system: Pick<System, 'ask'>,
): Promise<number | null> {
  const pid = /^Pid: (\d+)/m.exec((await system.ask(socket, 'show info')) ?? '')?.[1]
  return pid === undefined ? null : Number(pid)
}

/**
 * Asks until the process runs what is on disk, `isFinal` says that waiting is of no use, or the time is
 * over. Returns what it saw last, and after `isFinal` has spoken: what was seen before it may be the word of a worker
 * that has just been replaced.
 * @param timeout milliseconds
 */
export async function awaitFingerprint(
  fingerprint: Fingerprint,
  timeout: number,
  system: Pick<System, 'inspect' | 'ask' | 'now' | 'sleep'>,
  isFinal: () => Promise<boolean>,
): Promise<FingerprintState> {
  const deadline = system.now() + timeout
  for (;;) {
    const isLast = (await isFinal()) || system.now() >= deadline
    const state = await readFingerprint(fingerprint, system)
    if (!isOutdated(state) || isLast) return state
    await system.sleep(50)
  }
}

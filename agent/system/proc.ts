import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Whether a process runs: one that has ended and waits for its parent (Z) does not. Synchronous, since
 * it takes microseconds and its answer is stale a moment later. proc_pid_stat(5).
 */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** The parent of a process; null when there is no such process. */
export function parentOf(pid: number): number | null {
  return Number(statOf(pid)?.[1]) || null
}

/** Those of its main thread, ended ones included; none when there is no such process. proc_pid_task(5). */
export function childrenOf(pid: number): readonly number[] {
  return (readText(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

/** Bytes of memory that a process has to itself or shares; null: there is no such process. proc_pid_status(5). */
export function memoryOf(pid: number): number | null {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '') ?? []
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

/** Its command line; empty when there is no such process. */
export function commandOf(pid: number): readonly string[] {
  return (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1)
}

/**
 * Whether a process is ready for a signal that would end it otherwise: it catches it, or blocks it to read it
 * from a descriptor, as keepalived does. proc_pid_status(5).
 */
export function expectsSignal(pid: number, signal: number): boolean {
  const text = readText(`/proc/${pid}/status`) ?? ''
  return [...text.matchAll(/^Sig(?:Cgt|Blk):\s*([0-9a-f]+)$/gm)].some(
    ([, mask]) => ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n,
  )
}

/**
 * Whether a program runs that shares this process's network: one of a container is another machine's. Looks at all
 * processes, which takes some milliseconds.
 * @param name as the kernel has it: the first 15 letters of its file's name
 */
export function hasProcess(name: string): boolean {
  const network = linkOf('/proc/self/ns/net')
  return readdirSync('/proc').some(
    (pid) =>
      /^\d+$/.test(pid) &&
      readText(`/proc/${pid}/comm`)?.trim() === name &&
      [network, null].includes(linkOf(`/proc/${pid}/ns/net`)) &&
      isAlive(Number(pid)),
  )
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** What follows the name, which may hold blanks and brackets. */
function statOf(pid: number): readonly string[] | null {
  const text = readText(`/proc/${pid}/stat`)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** null: it can't be read, as when its process has ended. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

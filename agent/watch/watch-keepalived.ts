import { readFileSync } from 'node:fs'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { KeepalivedScope } from '../health/health-scope.ts'
import { readWanted } from '../health/keepalived-health.ts'
import type { InstanceStatus } from '../peers/watch-status.ts'
import { readDump } from '../programs/keepalived/read-dump.ts'
import { keepalivedPidFile, readKeepalivedVersion } from '../programs/keepalived/running.ts'
import { ownAddresses } from '../system/own-addresses.ts'
import { childrenOf, expectsSignal, hasProcess, isAlive } from '../system/proc.ts'
import { readReplacedFiles, sayReplacedFiles } from '../system/replaced-files.ts'
import type { System } from '../system/system.ts'
import { judgeVrrp } from './judge-vrrp.ts'
import type { VrrpView } from './judge-vrrp.ts'

/** keepalived logs a line each time that it is asked. */
const longestSilence = 60_000
/** While another master is heard, so that its end is seen soon. */
const whileRivals = 1_000
/** Milliseconds after a change: at once, and when an election is over. */
const afterChange = [300, 5_000]
/** What is seen of keepalived. */
export interface KeepalivedSight {
  readonly isRunning: boolean
  /** Some keepalived runs in this network, be it one without a pid file. */
  readonly hasProcess: boolean
  /** Of the one with the pid file: `2.2.7`; null: none runs, or it does not say. */
  readonly version: string | null
  /** VIPs of keepalived.conf that are on this node's interfaces; null: it has not been read yet. */
  readonly vips: readonly string[] | null
  /** null: it has not told. */
  readonly instances: readonly InstanceStatus[] | null
  readonly warnings: readonly Warning[]
}

export interface KeepalivedWatch {
  /** Looks at what costs nothing, and asks keepalived itself when that has changed, or once a minute. */
  look(isBusy: boolean): KeepalivedSight
  /** VIPs that are on this node's interfaces now; null: keepalived.conf has not been read yet. */
  vips(): readonly string[] | null
  /** Something has changed that keepalived will follow. */
  expectChange(): void
}

/**
 * Follows keepalived from outside: its process, the VIPs on the interfaces, and now and then its own word.
 * @param now a clock that never jumps
 */
export function watchKeepalived(
  scope: KeepalivedScope,
  system: System,
  now: () => number,
): KeepalivedWatch {
  let pid: number | null = null
  let wanted: readonly string[] | null = null
  let seen = ''
  let due = [now()]
  let isAsking = false
  let last: VrrpView | null = null
  let instances: readonly InstanceStatus[] | null = null
  let warnings: readonly Warning[] = []
  let replaced: readonly string[] = []
  let signal: number | null = null
  let version: string | null = null

  const ask = async (): Promise<void> => {
    wanted = ((await readWanted(scope.file, system)) ?? []).flatMap(({ vips }) => vips)
    signal ??= await findSignal(system)
    if (pid !== null) version ??= await readKeepalivedVersion(pid, system)
    if (pid === null || signal === null || !expectsSignal(pid, signal)) return
    const number = signal
    const dumped = await readDump(pid, system, async (to) => send(to, number))
    if (dumped === null) return
    const view = { at: now(), instances: dumped }
    const judged = judgeVrrp(last, view, ownAddresses())
    warnings = judged.warnings
    if (judged.rivals.size > 0) due = [now() + whileRivals, ...due]
    instances = dumped.map(({ name, state, effectivePriority }) => ({
      name,
      state,
      effectivePriority,
    }))
    last = { ...view, rivals: judged.rivals }
  }

  const expectChange = (): void => {
    due = [...due, ...afterChange.map((delay) => now() + delay)].sort((a, b) => a - b)
  }

  const vipsHere = (): readonly string[] | null => {
    const addresses = ownAddresses()
    return wanted?.filter((vip) => addresses.has(vip)) ?? null
  }

  return {
    expectChange,
    vips: vipsHere,
    look(isBusy) {
      const vips = vipsHere()
      const found = readPid()
      if (found !== pid) {
        pid = found
        last = null
        version = null
        if (pid === null) instances = null
      }
      const present = [pid, ...(vips ?? [])].join(' ')
      if (present !== seen) expectChange()
      seen = present
      // A run asks keepalived by the same file
      if (!isBusy && !isAsking && (due[0] ?? 0) <= now()) {
        const passed = now()
        due = due.filter((at) => at > passed)
        if (due.length === 0) due = [passed + longestSilence]
        replaced = pid === null ? [] : readReplacedFiles([pid, ...childrenOf(pid)])
        isAsking = true
        void ask()
          .catch(() => {})
          .finally(() => {
            isAsking = false
          })
      }
      const old =
        replaced.length === 0
          ? []
          : [warn('files-replaced', sayReplacedFiles(scope.unit, replaced, false))]
      return {
        isRunning: pid !== null,
        hasProcess: pid !== null || hasProcess('keepalived'),
        version,
        vips,
        instances,
        warnings: [...warnings, ...old],
      }
    },
  }
}

function readPid(): number | null {
  try {
    const pid = Number(readFileSync(keepalivedPidFile, 'utf8').trim())
    return pid > 0 && isAlive(pid) ? pid : null
  } catch {
    return null
  }
}

/** The number differs between builds; one that has no JSON fails here. */
async function findSignal(system: System): Promise<number | null> {
  const { code, stdout } = await system.run(['keepalived', '--signum=JSON'])
  return code === 0 ? Number(stdout.trim()) || null : null
}

function send(pid: number, signal: number): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

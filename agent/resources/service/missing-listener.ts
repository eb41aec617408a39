import { LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { findInodes, showListener, tableOf } from './listening.ts'
import type { Listener } from './listening.ts'
import { isInUnit } from './stray.ts'
import { explainUnit } from './unit-log.ts'

type Proc = Pick<System, 'list' | 'readFile' | 'readLink'>

/**
 * The listeners that no process of a unit has. A daemon may start, and tell systemd that it is ready,
 * although it could not bind: rsyslogd does so when another process has its port.
 */
export async function findMissing(
  listeners: readonly Listener[],
  unit: string,
  system: Proc,
): Promise<readonly Listener[]> {
  if (listeners.length === 0) return []
  const own = await socketsOf(unit, system)
  const missing: Listener[] = []
  for (const listener of listeners) {
    const table = (await system.readFile(tableOf(listener))) ?? new Uint8Array()
    const inodes = findInodes(new TextDecoder().decode(table), listener)
    if (!inodes.some((inode) => own.has(inode))) missing.push(listener)
  }
  return missing
}

/** 3 s: rsyslogd binds before it tells systemd that it is ready, others do a moment later. */
const patience = 3_000

/** @throws LocalError when the unit still lacks a listener after 3 s */
export async function awaitListeners(
  listeners: readonly Listener[],
  unit: string,
  since: number,
  system: Proc & Pick<System, 'run' | 'now' | 'sleep'>,
): Promise<void> {
  const deadline = system.now() + patience
  for (;;) {
    const missing = await findMissing(listeners, unit, system)
    if (missing.length === 0) return
    if (system.now() >= deadline) {
      const what = `does not listen on ${missing.map(showListener).join(', ')}`
      throw new LocalError(await explainUnit(unit, what, since, system))
    }
    await system.sleep(100)
  }
}

/** Inodes of the sockets that the processes of a unit have open. */
async function socketsOf(unit: string, system: Proc): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>()
  const pids = ((await system.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  for (const pid of pids.map(Number)) {
    if (!(await isInUnit(pid, unit, system))) continue
    for (const descriptor of (await system.list(`/proc/${pid}/fd`)) ?? []) {
      const target = await system.readLink(`/proc/${pid}/fd/${descriptor}`)
      const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1]
      if (inode !== undefined) inodes.add(inode)
    }
  }
  return inodes
}

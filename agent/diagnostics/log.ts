/** How much a line matters, as journald's priorities name it. */
export type Level = 'debug' | 'info' | 'notice' | 'warning' | 'error'

/** What a line is about. Messages are always the same words, so that they can be searched and counted. */
export type LogData = Readonly<Record<string, unknown>>

export type Log = (level: Level, message: string, data?: LogData) => void

/** Numbers of syslog(3). */
const priorities = { debug: 7, info: 6, notice: 5, warning: 4, error: 3 } as const

/**
 * The daemon's log: one JSON object a line.
 * @param write one line
 * @param options `least`: what matters less is left out. `forJournal`: with the `<6>` in front by which
 * journald tells the priority of a line (sd-daemon(3))
 */
export function createLog(
  write: (line: string) => void,
  now: () => number,
  { least, forJournal }: { readonly least: Level; readonly forJournal: boolean },
): Log {
  return (level, msg, data = {}) => {
    if (priorities[level] > priorities[least]) return
    const line = JSON.stringify({ ts: new Date(now()).toISOString(), level, msg, ...data })
    write(`${forJournal ? `<${priorities[level]}>` : ''}${line}\n`)
  }
}

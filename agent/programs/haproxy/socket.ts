/** What `show info` tells of the worker that answers. */
export interface HaproxyInfo {
  readonly pid: number
  readonly version: string
  readonly uptimeSeconds: number
  /** This is an old worker, which serves its last connections. */
  readonly isStopping: boolean
  readonly connections: number
  readonly maxConnections: number
}

/**
 * Reads `show info` (management guide, section 9.3): lines `Name: value`.
 * @returns null for anything else, such as half an answer
 */
export function parseInfo(text: string): HaproxyInfo | null {
  const values = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2).trim()]
    }),
  )
  const number = (name: string): number => Number(values.get(name) ?? Number.NaN)
  const info = {
    pid: number('Pid'),
    version: values.get('Version') ?? '',
    uptimeSeconds: number('Uptime_sec'),
    isStopping: number('Stopping') > 0,
    connections: number('CurrConns'),
    maxConnections: number('Maxconn'),
  }
  return Number.isInteger(info.pid) && Number.isInteger(info.maxConnections) ? info : null
}

/** A server's row of `show stat`. */
export interface ServerStat {
  readonly backend: string
  readonly server: string
  /** `UP`, `DOWN`, `NOLB`, `MAINT`, `DRAIN`, `no check`; with what is left to go: `UP 3/5`. */
  readonly status: string
  /** `INI`, `L4OK`, `L7STS`, …; empty without checks. */
  readonly checkStatus: string
  /** A check is on its way. */
  readonly isChecking: boolean
  /** What the check heard: `Connection refused`, a status code. */
  readonly checkText: string
  /** Of HTTP and the like; null: none. */
  readonly checkCode: number | null
  /** Milliseconds; 0 for less than one. */
  readonly checkDuration: number
  /** Checks that failed since this worker started, while the server was up. */
  readonly failedChecks: number
  readonly rise: number
  readonly fall: number
  /** 0 to rise + fall - 1; null without checks. */
  readonly health: number | null
}

/**
 * Reads the servers of `show stat` (management guide, section 9.1): CSV, its columns named by the first line.
 * @returns null for anything else
 */
export function parseStat(text: string): readonly ServerStat[] | null {
  const [head = '', ...rows] = text.split('\n')
  if (!head.startsWith('# ')) return null
  const columns = new Map(
    head
      .slice(2)
      .split(',')
      .map((name, index) => [name, index]),
  )
  return rows.flatMap((row): readonly ServerStat[] => {
    if (row.trim() === '') return []
    const cells = splitRow(row)
    const cell = (name: string): string => cells[columns.get(name) ?? -1] ?? ''
    // 2 is a server; 0, 1 and 3 are sums of a frontend, a backend, a listening socket
    if (cell('type') !== '2') return []
    const code = Number(cell('check_code')) || null
    const said = cell('last_chk') || cell('check_desc')
    return [
      {
        backend: cell('pxname'),
        server: cell('svname'),
        status: cell('status'),
        checkStatus: cell('check_status').replace(/^\* /, ''),
        isChecking: cell('check_status').startsWith('* '),
        checkText: code === null ? said : `${said} ${code}`.trim(),
        checkCode: code,
        checkDuration: Number(cell('check_duration')),
        failedChecks: Number(cell('chkfail')),
        rise: Number(cell('check_rise')),
        fall: Number(cell('check_fall')),
        health: cell('check_health') === '' ? null : Number(cell('check_health')),
      },
    ]
  })
}

/** Cells with a comma or a quote are in quotes, which are then doubled inside. */
function splitRow(row: string): readonly string[] {
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/** Why a server is out of use, by the bits of `srv_admin_state` (management guide, `show servers state`). */
export interface ServerAdmin {
  readonly backend: string
  readonly server: string
  /** Put in maintenance on the running haproxy (0x01). */
  readonly isForcedMaintenance: boolean
  /** `disabled` in haproxy.cfg (0x04). */
  readonly isConfiguredMaintenance: boolean
  /** Put in drain on the running haproxy (0x08). */
  readonly isForcedDrain: boolean
  /** Its name has no address (0x20). */
  readonly isUnresolved: boolean
}

/** Reads `show servers state`, version 1: words, named by the second line. */
export function parseServersState(text: string): readonly ServerAdmin[] {
  const [version, head = '', ...rows] = text.trim().split('\n')
  if (version?.trim() !== '1') return []
  const columns = head.replace(/^# /, '').split(' ')
  return rows.flatMap((row) => {
    const words = row.trim().split(' ')
    const word = (name: string): string => words[columns.indexOf(name)] ?? ''
    const bits = Number(word('srv_admin_state'))
    if (word('srv_name') === '' || !Number.isInteger(bits)) return []
    return [
      {
        backend: word('be_name'),
        server: word('srv_name'),
        isForcedMaintenance: (bits & 0x01) !== 0,
        isConfiguredMaintenance: (bits & 0x04) !== 0,
        isForcedDrain: (bits & 0x08) !== 0,
        isUnresolved: (bits & 0x20) !== 0,
      },
    ]
  })
}

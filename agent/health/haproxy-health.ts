import { readHaproxy, readRunningHaproxy } from '../facts/haproxy-config.ts'
import { readCheckIntervals } from '../programs/haproxy/check-intervals.ts'
import type { CheckIntervals } from '../programs/haproxy/check-intervals.ts'
import type { HaproxyConfig } from '../programs/haproxy/config.ts'
import { unknownEnvironment } from '../programs/haproxy/environment.ts'
import { readListeners } from '../programs/haproxy/listeners.ts'
import type { HaproxyListener } from '../programs/haproxy/listeners.ts'
import { parseInfo, parseServersState, parseStat } from '../programs/haproxy/socket.ts'
import type { HaproxyInfo, ServerAdmin, ServerStat } from '../programs/haproxy/socket.ts'
import { readFingerprint } from '../resources/service/fingerprint.ts'
import { showListener } from '../resources/service/listening.ts'
import type { Listener } from '../resources/service/listening.ts'
import { findMissing } from '../resources/service/missing-listener.ts'
import type { System } from '../system/system.ts'
import type { HaproxyScope } from './health-scope.ts'
import type { BackendHealth, BindHealth, HaproxyHealth, ServerHealth } from './health.ts'
import { readUnitHealth } from './unit-health.ts'

/** Asks haproxy itself: a process that exists and a port that takes connections prove nothing. */
export async function observeHaproxy(
  scope: HaproxyScope,
  system: Pick<System, 'run' | 'inspect' | 'readFile' | 'list' | 'readLink' | 'ask'>,
): Promise<HaproxyHealth> {
  const { unit, socket } = scope
  const [{ state, pid }, answer, fingerprint] = await Promise.all([
    readUnitHealth(unit, system),
    system.ask(socket, 'show info'),
    readFingerprint(scope, system),
  ])
  const info = parseInfo(answer ?? '')
  const config = await readConfigOf(info?.pid ?? pid, info?.version ?? null, scope, system)
  const binds = await observeBinds(mustListen(config), unit, system)
  const intervals = readCheckIntervals(config)
  return {
    unit: state,
    pid: info?.pid ?? null,
    fingerprint,
    connections: info && { current: info.connections, limit: info.maxConnections },
    binds,
    backends: info && (await observeBackends(info, intervals, socket, system)),
    // The first checks are spread over one interval; one that times out takes up to another
    checkTime: 3 * intervals.longest,
  }
}

/** What the files say that the process was started with; without one, what the file of the role says. */
async function readConfigOf(
  pid: number | null,
  version: string | null,
  { file }: HaproxyScope,
  system: Pick<System, 'readFile' | 'list'>,
): Promise<HaproxyConfig> {
  const running = pid === null ? null : await readRunningHaproxy(pid, version, system)
  const unknown = { words: ['haproxy', '-f', file], environment: unknownEnvironment, version }
  return (running ?? (await readHaproxy(unknown, system))).config
}

/** The sockets that haproxy certainly opens when it reads the configuration; TCP and UDP. */
export function mustListen(config: HaproxyConfig): readonly HaproxyListener[] {
  return readListeners(config).filter(({ isCertain }) => isCertain)
}

async function observeBackends(
  info: HaproxyInfo,
  intervals: CheckIntervals,
  socket: string,
  system: Pick<System, 'ask'>,
): Promise<readonly BackendHealth[] | null> {
  const [stat, state] = await Promise.all([
    // Of every proxy and every server, the servers: 4 asks for no sums
    system.ask(socket, 'show stat -1 4 -1'),
    system.ask(socket, 'show servers state'),
  ])
  const stats = parseStat(stat ?? '')
  const admins = parseServersState(state ?? '')
  return stats && toBackends(stats, admins, info.uptimeSeconds * 1000, intervals)
}

/**
 * Servers by backend, in haproxy's order.
 * @param uptime of the worker, in milliseconds
 */
export function toBackends(
  stats: readonly ServerStat[],
  admins: readonly ServerAdmin[],
  uptime: number,
  intervals: CheckIntervals,
): readonly BackendHealth[] {
  const forced = new Set(
    admins
      // One that is `disabled` in the file has both bits
      .filter((it) => (it.isForcedMaintenance && !it.isConfiguredMaintenance) || it.isForcedDrain)
      .map(({ backend, server }) => `${backend}/${server}`),
  )
  const servers = new Map<string, ServerHealth[]>()
  for (const stat of stats) {
    const list = servers.get(stat.backend) ?? []
    servers.set(stat.backend, list)
    const key = `${stat.backend}/${stat.server}`
    const interval = intervals.byServer.get(key) ?? intervals.longest
    const freshAfter = timeToFresh(stat, interval)
    list.push({ ...toServer(stat, uptime >= freshAfter), isForced: forced.has(key), freshAfter })
  }
  return [...servers].map(([name, list]) => ({ name, servers: list }))
}

function toServer(
  stat: ServerStat,
  isLate: boolean,
): Omit<ServerHealth, 'isForced' | 'freshAfter'> {
  const { checkStatus, health, rise, fall } = stat
  return {
    name: stat.server,
    status: stat.status,
    check: checkOf(checkStatus, isLate || isOwnCheck(stat)),
    lastCheck: [checkStatus, stat.checkText].filter((word) => word !== '').join(', '),
    failures: health === null ? 0 : rise + fall - 1 - health,
  }
}

/** Names end with OK where a check passed, or OKC where the server asked for no new sessions. */
function checkOf(status: string, isOwn: boolean): ServerHealth['check'] {
  if (status === '') return 'none'
  if (status === 'INI' || status === 'UNK') return 'pending'
  if (!isOwn) return 'restored'
  return /OKC?$/.test(status) ? 'passed' : 'failed'
}

/**
 * Whether this worker has certainly made the check that it shows. With `load-server-state-from-file` it begins
 * with what the worker before it found: then without code and duration (measured with 2.6 and 3.0). A
 * check that took less than a millisecond looks the same.
 */
function isOwnCheck({ checkCode, checkDuration, failedChecks }: ServerStat): boolean {
  return checkCode !== null || checkDuration > 0 || failedChecks > 0
}

/**
 * Checks are one interval apart, and the first ones of a worker are spread over it (start_checks in
 * check.c); one that is on its way may have begun before. Half a second for delays.
 */
function timeToFresh({ isChecking }: ServerStat, interval: number): number {
  return (isChecking ? 2 : 1) * interval + 500
}

async function observeBinds(
  binds: readonly HaproxyListener[],
  unit: string,
  system: Pick<System, 'list' | 'readFile' | 'readLink'>,
): Promise<readonly BindHealth[]> {
  const missing = await findMissing(binds.flatMap(endsOf), unit, system)
  const closed = new Set(missing.map(showListener))
  const names = new Map<string, boolean>()
  for (const bind of binds) {
    const isListening = !endsOf(bind).some((end) => closed.has(showListener(end)))
    names.set(bind.name, (names.get(bind.name) ?? true) && isListening)
  }
  return [...names].map(([name, isListening]) => ({ name, isListening }))
}

/** The sockets at both ends of a port range, since haproxy binds all of it or fails. */
export function endsOf({
  protocol,
  families,
  address,
  first,
  last,
}: HaproxyListener): readonly Listener[] {
  const any = families.includes('ipv6') ? '::' : '0.0.0.0'
  return [...new Set([first, last])].map((port) => ({ protocol, address: address ?? any, port }))
}

import type { Finding } from './finding.ts'
import type { BackendHealth, HaproxyHealth, ServerHealth } from './health.ts'
import type { Touched } from './touched.ts'

/**
 * No backend may lose its last server through the change. A server counts once a check has passed since
 * the change, and is lost when haproxy takes it out or two checks in a row have failed.
 */
export function judgeServers(
  before: HaproxyHealth | null,
  now: HaproxyHealth,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  if (now.backends === null) {
    const isWorse = before !== null && before.backends !== null
    const level = isWorse ? 'wait' : 'hold'
    const sentence = 'haproxy does not list its servers'
    return [{ level, code: 'haproxy-servers-unknown', sentence }]
  }
  // A worker that is new has made its checks after the change
  const mayBeStale = touched.network && before?.pid === now.pid
  const earlier = new Map(before?.backends?.map((backend) => [backend.name, backend]))
  return now.backends.flatMap((backend) => {
    const servers = backend.servers.map((server): ServerHealth => {
      const isStale = mayBeStale && server.check === 'passed' && elapsed < server.freshAfter
      return isStale ? { ...server, check: 'restored' } : server
    })
    return judgeBackend(earlier.get(backend.name) ?? null, { ...backend, servers }, touched)
  })
}

function judgeBackend(
  before: BackendHealth | null,
  now: BackendHealth,
  touched: Touched,
): readonly Finding[] {
  const standings = now.servers.map(standing)
  if (standings.includes('up')) return judgePart(before, now)
  const upBefore = (before?.servers ?? []).filter(wasUp)
  const list = now.servers.map(describe).join(', ')
  if (standings.some((one) => one !== 'down')) {
    const sentence = `backend ${now.name}: no server has passed a check since the change: ${list}`
    // Checked too rarely to tell: that is no reason to go back
    const isUnknown = now.servers.some((it) => isUp(it) && it.check !== 'failed')
    const level = upBefore.length > 0 && !isUnknown ? 'wait' : 'hold'
    return [{ level, code: 'backend-unproven', sentence, harms: !now.servers.some(isUp) }]
  }
  if (upBefore.length === 0) {
    const sentence = `backend ${now.name} has no server that is up: ${list}`
    return [{ level: 'warning', code: 'backend-down', sentence }]
  }
  const count = `${upBefore.length} of ${before?.servers.length} were up before`
  const sentence = `backend ${now.name} lost its last server: ${list}; ${count}`
  const isOurs = (touched.haproxy || touched.network) && !isTakenOut(upBefore, now)
  return [{ level: isOurs ? 'fail' : 'warning', code: 'backend-down', sentence, harms: true }]
}

/** It has a server: what happens to the others is worth a word, and their first check worth the wait. */
function judgePart(before: BackendHealth | null, now: BackendHealth): readonly Finding[] {
  const earlier = new Map(before?.servers.map((server) => [server.name, server]))
  return now.servers.flatMap((server): readonly Finding[] => {
    if (standing(server) === 'up') return []
    const sentence = `backend ${now.name}: ${describe(server)}`
    const code = 'server-down'
    if (isUp(server)) return [{ level: 'hold', code, sentence }]
    const was = earlier.get(server.name)
    const change = was === undefined ? '' : wasUp(was) ? ', it was up before' : ', as before'
    return [{ level: 'warning', code, sentence: sentence + change }]
  })
}

type Standing = 'up' | 'open' | 'down'

function standing(server: ServerHealth): Standing {
  const { status, check, failures } = server
  if (isUp(server)) {
    if (check === 'passed' || check === 'none') return 'up'
    if (check !== 'failed') return 'open'
    return failures < 2 ? 'open' : 'down'
  }
  // Not resolved yet; or down as the saved state says, and about to be checked; or on its way up
  if (status === 'MAINT (resolution)') return 'open'
  return status.startsWith('DOWN') && check !== 'failed' && check !== 'none' ? 'open' : 'down'
}

function isUp({ status }: ServerHealth): boolean {
  return status.startsWith('UP') || status === 'no check'
}

/** One that was never checked counts as up for haproxy, not for us. */
function wasUp(server: ServerHealth): boolean {
  return isUp(server) && server.check !== 'pending'
}

/** A person who takes the last server out means it. */
function isTakenOut(upBefore: readonly ServerHealth[], now: BackendHealth): boolean {
  const servers = new Map(now.servers.map((server) => [server.name, server]))
  return upBefore.every(({ name }) => servers.get(name)?.isForced === true)
}

function describe({ name, status, lastCheck }: ServerHealth): string {
  return lastCheck === '' ? `${name} is ${status}` : `${name} is ${status} (${lastCheck})`
}

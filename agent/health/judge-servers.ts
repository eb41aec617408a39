import type { Finding } from './finding.ts'
import type { BackendHealth, ServerHealth } from './health.ts'
import type { Touched } from './touched.ts'

/**
 * No backend may lose its last server through the change. A server counts once a check of the new worker
 * has passed, and is lost when haproxy takes it out or two checks in a row have failed.
 */
export function judgeServers(
  before: readonly BackendHealth[],
  now: readonly BackendHealth[],
  touched: Touched,
): readonly Finding[] {
  const earlier = new Map(before.map((backend) => [backend.name, backend]))
  return now.flatMap((backend) => judgeBackend(earlier.get(backend.name) ?? null, backend, touched))
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
    return [{ level: upBefore.length > 0 ? 'wait' : 'hold', sentence }]
  }
  if (upBefore.length === 0) {
    return [{ level: 'warning', sentence: `backend ${now.name} has no server that is up: ${list}` }]
  }
  const count = `${upBefore.length} of ${before?.servers.length} were up before`
  const sentence = `backend ${now.name} lost its last server: ${list}; ${count}`
  const isOurs = (touched.haproxy || touched.network) && !isTakenOut(upBefore, now)
  return [{ level: isOurs ? 'fail' : 'warning', sentence }]
}

/** It has a server: what happens to the others is worth a word, and their first check worth the wait. */
function judgePart(before: BackendHealth | null, now: BackendHealth): readonly Finding[] {
  const upBefore = new Set(before?.servers.filter(wasUp).map(({ name }) => name))
  return now.servers.flatMap((server): readonly Finding[] => {
    const sentence = `backend ${now.name}: ${describe(server)}`
    if (standing(server) === 'open' && isUp(server)) return [{ level: 'hold', sentence }]
    if (standing(server) !== 'down') return []
    const change = upBefore.has(server.name) ? ', which was up before' : ''
    return [{ level: 'warning', sentence: sentence + change }]
  })
}

type Standing = 'up' | 'open' | 'down'

function standing(server: ServerHealth): Standing {
  const { status, check, failures } = server
  if (isUp(server)) {
    if (check === 'pending') return 'open'
    if (check !== 'failed') return 'up'
    return failures < 2 ? 'open' : 'down'
  }
  // Not resolved yet; or down as the saved state says, and about to be checked or on its way up
  if (status === 'MAINT (resolution)') return 'open'
  return status.startsWith('DOWN') && (check === 'pending' || check === 'passed') ? 'open' : 'down'
}

function isUp({ status }: ServerHealth): boolean {
  return status.startsWith('UP') || status === 'no check'
}

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

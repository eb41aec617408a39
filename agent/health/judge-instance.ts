import { isSameAddress } from '../programs/address.ts'
import { failLater } from './finding.ts'
import type { Finding } from './finding.ts'
import type { InstanceHealth, KeepalivedHealth } from './health.ts'
import type { Touched } from './touched.ts'

/** keepalived before the change, at the first look after it, and now. */
export interface KeepalivedViews {
  readonly before: KeepalivedHealth | null
  /** What counters are compared with. See `advanceReference`. */
  readonly reference: KeepalivedHealth
  readonly now: KeepalivedHealth
  /** Milliseconds between reference and now, by instance. */
  readonly since: ReadonlyMap<string, number>
}

/** Adverts that prove that a backup hears its master: the third missing one makes it a master. */
const provingAdverts = 3
/**
 * A backup that heard nothing for so many intervals has missed an advert by three quarters of one. It takes
 * over three after the last that it heard, which may have been one before we looked: so there is just
 * time to go back.
 */
const silentIntervals = 1.75
/** Intervals in which a peer that hears us no more has become a second master, and has said so. */
const rivalIntervals = 4

/**
 * Milliseconds: an instance that is new to this node has nothing to be compared with, so it is watched until
 * a peer that does not accept its adverts, or whose own ones it refuses, has shown itself. At the default
 * interval a second master turns up after one Master_Down, 3.0 to 4.0 s.
 */
const newInstanceTime = 6_000

/** Judges one VRRP instance: who has the VIPs, and do the nodes hear each other. */
export function judgeInstance(
  now: InstanceHealth,
  views: KeepalivedViews,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  const find = (list: readonly InstanceHealth[] | null | undefined): InstanceHealth | null =>
    list?.find(({ name }) => name === now.name) ?? null
  const before = find(views.before?.instances)
  const reference = find(views.reference.instances) ?? now
  const since = views.since.get(now.name) ?? 0
  const { elsewhere } = views.now
  const isNowhereElse =
    elsewhere !== null &&
    !now.vips.some((vip) => elsewhere.some((other) => isSameAddress(vip, other)))
  const seen = { before, reference, now, since, isNowhereElse }
  return [
    ...judgeState(seen, views.now.heldBack, touched, elapsed),
    ...judgeAddresses(seen, views, elapsed),
    ...(touched.keepalived || touched.network ? judgeAdverts(seen, elapsed) : []),
  ]
}

interface Seen {
  /** null: it is new, so nothing about it can be worse. */
  readonly before: InstanceHealth | null
  readonly reference: InstanceHealth
  readonly now: InstanceHealth
  /** Milliseconds since `reference`. */
  readonly since: number
  /** Every peer tells that it has none of its VIPs: there is no master to be heard. */
  readonly isNowhereElse: boolean
}

function judgeState(
  { before, now, isNowhereElse }: Seen,
  heldBack: string | null,
  touched: Touched,
  elapsed: number,
): readonly Finding[] {
  if (now.state === 'FAULT' && heldBack !== null) {
    // What it is in FAULT for is judged by itself, and the FAULT ends with it
    const sentence = `${now.name} is in FAULT, since the watch leaves its VIPs to the peer: ${heldBack}`
    return [{ level: 'hold', code: 'vrrp-fault', sentence }]
  }
  if (now.state === 'FAULT' || now.state === 'INIT') {
    const code = 'vrrp-fault'
    const sentence = `${now.name} is in ${now.state}`
    if (before?.state === now.state) {
      return [{ level: 'warning', code, sentence: `${sentence}, as before` }]
    }
    if (before !== null) {
      return [failLater(code, `${sentence}, it was ${before.state} before`, elapsed)]
    }
    const isLate = failLater(code, sentence, elapsed).level === 'fail'
    return [{ level: isLate ? 'warning' : 'hold', code, sentence }]
  }
  const code = 'vrrp-moved'
  if (before?.state === 'MASTER' && now.state === 'BACKUP') {
    return [{ level: 'warning', code, sentence: `${now.name} is BACKUP, it was MASTER before` }]
  }
  if (before?.state !== 'BACKUP' || now.state !== 'MASTER') return []
  const isExpected =
    now.effectivePriority > before.effectivePriority ||
    hadNoMaster(before) ||
    wasLeft(now, before) ||
    isNowhereElse
  const sentence = `${now.name} became MASTER, it was BACKUP before`
  if (isExpected || !(touched.keepalived || touched.network)) {
    return [{ level: 'warning', code, sentence }]
  }
  return [
    { level: 'fail', code, sentence: `${sentence}: it no longer hears the adverts of its master` },
  ]
}

/** It was about to take over anyway. */
function hadNoMaster({ state, watched }: InstanceHealth): boolean {
  return state === 'BACKUP' && watched !== null && watched.received === 0
}

/** Its master went, and said so, which is no silence. A keepalived that was restarted counts from 0 again. */
function wasLeft(now: InstanceHealth, before: InstanceHealth): boolean {
  return now.resignationsHeard > 0 && now.resignationsHeard !== before.resignationsHeard
}

/** A VIP is on the interface of the master, and on no other. */
function judgeAddresses(
  { before, now }: Seen,
  { before: earlier, now: node }: KeepalivedViews,
  elapsed: number,
): readonly Finding[] {
  const code = 'vip-misplaced'
  const isMaster = now.state === 'MASTER'
  const wrong = (one: InstanceHealth, addresses: readonly string[]): readonly string[] =>
    one.vips.filter((vip) => addresses.some((it) => isSameAddress(it, vip)) !== isMaster)
  const was =
    before === null || before.state !== now.state ? [] : wrong(before, earlier?.addresses ?? [])
  return wrong(now, node.addresses).map((vip) => {
    const sentence = isMaster
      ? `${now.name} is MASTER, but ${vip} is on no interface`
      : `${now.name} is ${now.state}, but ${vip} is on an interface of this node`
    if (was.includes(vip)) return { level: 'warning', code, sentence: `${sentence}, as before` }
    if (before === null && isMaster) return { level: 'hold', code, sentence }
    return failLater(code, sentence, elapsed)
  })
}

function judgeAdverts(seen: Seen, elapsed: number): readonly Finding[] {
  const { before, reference, now, since, isNowhereElse } = seen
  if (before === null) return judgeNew(seen, elapsed)
  if (now.state === 'MASTER') return judgeRival(seen, before)
  if (now.state !== 'BACKUP' || hadNoMaster(before)) return []
  const received = now.advertsReceived - reference.advertsReceived
  const refused = now.advertsRefused - reference.advertsRefused
  const findings: Finding[] = []
  if (refused > 0 && (before.watched?.refused ?? 0) === 0) {
    // 2.3.3 and later count such an advert, and go by it all the same (measured)
    const level = received === 0 ? 'fail' : 'warning'
    const sentence = `${now.name} finds other VIPs or another password in the adverts of its peer: what both must agree on can't change on one node alone`
    findings.push({ level, code: 'vrrp-adverts-refused', sentence })
  }
  if (received >= provingAdverts) return findings
  const code = 'vrrp-adverts-missing'
  const count = `${received} of ${provingAdverts}`
  const sentence = `${now.name} is BACKUP and has received ${count} adverts since the change`
  // It takes the VIPs back, unless its peer has them and says so
  if (before.state === 'MASTER') return [...findings, { level: 'hold', code, sentence }]
  const isSilent = received === 0 && since > silentIntervals * now.advertInterval
  findings.push(
    isSilent && !isNowhereElse
      ? { level: 'fail', code, sentence: `${sentence}: it would soon be a second MASTER` }
      : { level: 'wait', code, sentence },
  )
  return findings
}

/** One that is new here: nobody else may be its master, and what it hears must be meant for it. */
function judgeNew({ reference, now, since }: Seen, elapsed: number): readonly Finding[] {
  if (now.state !== 'MASTER' && now.state !== 'BACKUP') return []
  const received = now.advertsReceived - reference.advertsReceived
  // It was not there before: all that it refused was refused since
  const refused = now.advertsRefused
  if (refused > 0 && received === 0) {
    const sentence = `${now.name} is new here and throws away the adverts of a node that runs it already, since their VIPs, password or version are not its own: both would be MASTER`
    return [{ code: 'vrrp-adverts-refused', level: 'fail', sentence }]
  }
  if (now.state === 'MASTER' && received >= 2) {
    const sentence = `${now.name} is new here, is MASTER and receives adverts: another node is MASTER, too`
    return [{ code: 'vrrp-two-masters', level: 'fail', sentence }]
  }
  if (now.state === 'BACKUP' && received >= provingAdverts) return []
  const wasLongEnough =
    elapsed >= Math.max(newInstanceTime, rivalIntervals * now.advertInterval) &&
    (now.state === 'BACKUP' || since >= provingAdverts * now.advertInterval)
  if (wasLongEnough) return []
  const sentence = `${now.name} is new here, and was watched too short to see a second MASTER`
  return [{ code: 'vrrp-unproven', level: 'hold', sentence }]
}

/** A master that receives adverts is not the only one. A single one may have been on its way. */
function judgeRival({ reference, now, since }: Seen, before: InstanceHealth): readonly Finding[] {
  // Up to 2.2.7 an advert that is refused does not count as received (measured)
  const received = Math.max(
    now.advertsReceived - reference.advertsReceived,
    now.advertsRefused - reference.advertsRefused,
  )
  const { watched } = before
  const hadRival =
    before.state === 'MASTER' && watched !== null && watched.received + watched.refused > 0
  const code = 'vrrp-two-masters'
  const sentence = `${now.name} is MASTER and receives adverts: another node is MASTER, too`
  if (hadRival) {
    return received > 0 ? [{ level: 'warning', code, sentence: `${sentence}, as before` }] : []
  }
  if (received >= 2) return [{ level: 'fail', code, sentence }]
  if (received === 1) {
    const sentence = `${now.name} is MASTER and received an advert`
    return [{ level: 'hold', code: 'vrrp-unproven', sentence }]
  }
  if (since >= rivalIntervals * now.advertInterval) return []
  const watchedFor = `${now.name} was watched for ${(since / 1000).toFixed(1)} s`
  const doubt = `${watchedFor}, too short to see a second MASTER`
  return [{ level: 'hold', code: 'vrrp-unproven', sentence: doubt }]
}

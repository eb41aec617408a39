import { setTimeout as sleep } from 'node:timers/promises'
import type { Traffic, Visit } from '../lab/traffic.ts'
import type { Fault } from './fault.ts'
import { balancers } from './pair.ts'
import type { Balancer, Pair } from './pair.ts'
import type { Subject } from './subject.ts'
import type { VipStory } from './vip-timeline.ts'
import { awaitWell, haproxyPids } from './well.ts'

/** What one fault did. */
export interface Try {
  /** Where it was injected, and whose VIP it is about. */
  readonly node: Balancer
  /** Milliseconds without an answer at the VIP that had most of it. */
  readonly gap: number
  /** No answer came before the cause went away. */
  readonly isLasting: boolean
  /** Requests that failed there. */
  readonly failed: number
  /** Milliseconds from the fault until the VIP had left the node; null: it stayed. */
  readonly leftAfter: number | null
  /** Milliseconds on no node, and on more than one: the VIP with most of it. */
  readonly onNone: number
  readonly onTwo: number
  readonly moved: boolean
  /** Whether haproxy runs in other processes afterwards. */
  readonly restarted: boolean
  /** Milliseconds from the cure until the pair was as before; null: a person had to help. */
  readonly wellAfter: number | null
  /** Where something was still not as before, then. */
  readonly problem: string | null
  /** What the subject said, at the end of the fault. */
  readonly said: string
  /** Failures that the client tells of. */
  readonly failures: readonly string[]
}

/** Seconds for coming back once the cause is gone. */
const recovery = 40

/** Injects a fault into a pair that is well, takes its cause away, and waits until the pair is well. */
export async function measure(
  pair: Pair,
  subject: Subject,
  fault: Fault,
  node: Balancer,
  visits: Readonly<Record<Balancer, Visit>>,
): Promise<Try> {
  const isOurs = subject.name === 'ours'
  const peer = fault.peer === 'none' ? null : node === 'lb1' ? 'lb2' : 'lb1'
  const countAll = (): Promise<readonly Traffic[]> =>
    Promise.all(balancers.map((home) => visits[home].count()))
  await pair.shell(node).run(fault.prepare ?? ':')
  // What has just come back shall not be taken for a part of this fault, nor a fault keep step with a check
  await sleep((fault.rest ?? 1.5) * 1000 + 2000 * Math.random())
  const before = await haproxyPids(pair)
  await pair.watch.begin()
  await countAll()

  const inject = (isOurs ? null : fault.injectReference) ?? fault.inject
  const ownCure = (isOurs ? null : fault.cureReference) ?? fault.cure ?? ''
  const [told] = await Promise.all([
    pair.shell(node).run(inject),
    peer && fault.injectPeer !== undefined ? pair.shell(peer).run(fault.injectPeer) : null,
  ])
  const at = Number(/^at (\d+)/m.exec(told)?.[1])
  const hold = (isOurs ? null : fault.holdReference) ?? fault.hold
  await sleep(Math.max(0, at + hold * 1000 - Date.now()))
  const said = subject.sayScript === '' ? '' : await pair.shell(node).run(subject.sayScript)

  const counted = fault.isCureApart === true ? await countAll() : null

  const cured = Date.now()
  await Promise.all([
    pair.shell(node).run(ownCure),
    peer && fault.curePeer !== undefined ? pair.shell(peer).run(fault.curePeer) : null,
  ])
  const problem = await awaitWell(pair, subject, peer === null, recovery)
  const wellAfter = problem === null ? Date.now() - cured : null
  const traffic = counted ?? (await countAll())
  const stories = pair.watch.stories()
  const after = await haproxyPids(pair)
  if (problem !== null) await repair(pair, subject, peer === null)

  const left = stories[pair.vips[node]]?.left ?? null
  const { gap, failed, failures } = worst(traffic)
  return {
    node,
    gap,
    isLasting: gap >= hold * 1000,
    failed,
    failures,
    leftAfter: left === null ? null : left - at,
    onNone: most(stories, (story) => story.onNone),
    onTwo: most(stories, (story) => story.onTwo),
    moved: Object.values(stories).some(({ left, arrivals }) => left !== null || arrivals > 0),
    restarted: before !== after,
    wellAfter,
    problem,
    said,
  }
}

/** The VIP without an answer for the longest time. */
function worst(traffic: readonly Traffic[]): Pick<Try, 'gap' | 'failed' | 'failures'> {
  const [first] = traffic.toSorted((a, b) => b.longestGap - a.longestGap)
  if (first === undefined) throw new Error('no visitor')
  const failed = Math.max(...traffic.map(({ failed }) => failed))
  return { gap: first.longestGap, failed, failures: first.failures }
}

function most(
  stories: Readonly<Record<string, VipStory>>,
  of: (story: VipStory) => number,
): number {
  return Math.max(...Object.values(stories).map(of))
}

async function repair(pair: Pair, subject: Subject, isAlone: boolean): Promise<void> {
  for (const node of balancers) {
    if (!isAlone || node === 'lb1') await subject.repair(pair, node)
  }
  const problem = await awaitWell(pair, subject, isAlone, recovery)
  if (problem !== null) throw new Error(`not even by hand: ${problem}`)
}

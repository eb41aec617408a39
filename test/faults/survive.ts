import { setTimeout as sleep } from 'node:timers/promises'
import { ours } from './ours.ts'
import { balancers } from './pair.ts'
import type { Pair } from './pair.ts'
import type { ChosenFault } from './random-fault.ts'
import type { Subject } from './subject.ts'
import type { VipStory } from './vip-timeline.ts'
import { awaitWell, haproxyPids } from './well.ts'

/** Well is also who has everything as the config repo says, which {@link remember} took down. */
const mended: Subject = {
  ...ours,
  wellScript: `${ours.wellScript}\nsnapshot | diff /root/snapshot - | sed -n 2,3p`,
}

/** Starts the agents of a pair, and takes down what every fault has to end with. */
export async function remember(pair: Pair, options: readonly string[]): Promise<void> {
  await ours.install(pair, options)
  const problem = await awaitWell(pair, ours, false, startTime)
  if (problem !== null) throw new Error(problem)
  for (const node of balancers) await pair.shell(node).run('snapshot > /root/snapshot')
}

/** Brings a pair back that did not stand a fault. @throws Error when not even that helps */
export async function repair(pair: Pair): Promise<void> {
  for (const node of balancers) await ours.repair(pair, node)
  const still = await awaitWell(pair, mended, false, startTime)
  if (still !== null) throw new Error(`not even by hand: ${still}`)
}

/** What a pair made of a fault. */
export interface Survival {
  /** Milliseconds from the end of the cause until the pair was as before. */
  readonly wellAfter: number
  /** Milliseconds on no node, and on more than one: the VIP with most of it. */
  readonly onNone: number
  readonly onTwo: number
  /** Invariants that did not hold; none: it stood it. */
  readonly broken: readonly string[]
}

/** Milliseconds that a VIP may be on no node or on two; more while keepalived itself is gone. */
const limits = { onNone: 4000, onTwo: 1000, keepalivedGone: 5000 }
/** Seconds for all of it: a schedule that comes round, a run, and a VIP that comes home. */
const recovery = 75
/** Seconds for agents that were just started. */
const startTime = 90
/** Starts of a service that one fault may need: a port that is taken for 8 s takes five tries. */
const mostStarts = 8

const startsScript = `for unit in haproxy keepalived evenkeel; do
  echo "$unit $(journalctl -q -o cat -u $unit _PID=1 | grep -c '^Started ')"
done`

/** Injects one fault, takes its cause away, and looks at what must hold. */
export async function survive(pair: Pair, fault: ChosenFault): Promise<Survival> {
  const { breakage, node, lasts } = fault
  const before = await countStarts(pair)
  await pair.watch.begin()
  await pair.shell(node).run(breakage.script)
  await sleep(lasts)
  if (breakage.cure !== undefined) await pair.shell(node).run(breakage.cure)
  const cured = Date.now()
  // Some faults need a moment to show, and must not be taken for one that did nothing
  await sleep(1000)
  let problem = await awaitWell(pair, mended, false, recovery)
  const wellAfter = Date.now() - cured
  const pids = await haproxyPids(pair)
  await sleep(1500)
  // A keepalived that was killed leaves its VIPs behind: it looks well before they are taken over
  if (problem === null) problem = await awaitWell(pair, mended, false, recovery)
  const stories = pair.watch.stories()
  const broken = [
    ...(problem === null ? [] : [`not back in ${recovery} s: ${problem}`]),
    ...judgeStories(stories, breakage.isKeepalivedGone === true),
    ...judgeStarts(before, await countStarts(pair)),
    ...(pids === (await haproxyPids(pair)) ? [] : ['haproxy is restarted though all is well']),
  ]
  return { wellAfter, ...longest(stories), broken }
}

function longest(stories: Readonly<Record<string, VipStory>>): {
  readonly onNone: number
  readonly onTwo: number
} {
  const all = Object.values(stories)
  return {
    onNone: Math.max(...all.map(({ onNone }) => onNone)),
    onTwo: Math.max(...all.map(({ onTwo }) => onTwo)),
  }
}

function judgeStories(
  stories: Readonly<Record<string, VipStory>>,
  isKeepalivedGone: boolean,
): readonly string[] {
  const most = isKeepalivedGone
    ? { onNone: limits.keepalivedGone, onTwo: limits.keepalivedGone }
    : limits
  return Object.entries(stories).flatMap(([vip, { onNone, onTwo }]) => [
    ...(onNone > most.onNone ? [`${vip} was on no node for ${onNone} ms`] : []),
    ...(onTwo > most.onTwo ? [`${vip} was on two nodes for ${onTwo} ms`] : []),
  ])
}

type Starts = ReadonlyMap<string, number>

async function countStarts(pair: Pair): Promise<Starts> {
  const starts = new Map<string, number>()
  for (const node of balancers) {
    for (const line of (await pair.shell(node).run(startsScript)).trim().split('\n')) {
      const [unit, count] = line.split(' ')
      starts.set(`${unit} on ${node}`, Number(count))
    }
  }
  return starts
}

function judgeStarts(before: Starts, after: Starts): readonly string[] {
  return [...after].flatMap(([what, count]) => {
    const more = count - (before.get(what) ?? 0)
    return more > mostStarts ? [`${what} was started ${more} times`] : []
  })
}

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HaproxyVerdict } from '../../agent/peers/watch-status.ts'
import { decide } from '../../agent/watch/decide.ts'
import type { Decision } from '../../agent/watch/decide.ts'
import { beginWatch } from '../../agent/watch/watch-state.ts'
import type { Look, Observation, Rules } from '../../agent/watch/watch-state.ts'
import { good } from './sample.ts'

const rules: Rules = { misses: 2, rise: 3, hold: 2_000, bothDown: 'keep' }
const release: Rules = { ...rules, bothDown: 'release' }

const full: Look = { ...good, connections: 100 }
const partlyClosed: Look = { ...good, closed: ['*:8404'] }
const deaf: Look = { ...good, closed: ['*:80', '*:8404'], isDeaf: true }
const silent: Look = { type: 'silent' }
const gone: Look = { type: 'gone', how: 'haproxy died' }
const ended = { error: null }
const failed = { error: 'haproxy.service failed' }

const base: Observation = {
  look: null,
  peer: 'ready',
  readyAge: 0,
  isPeerInFault: false,
  phase: null,
  restart: null,
}

/** What happens at a time in milliseconds, and what must come of it. What is left out is not looked at. */
interface Step extends Partial<Observation> {
  readonly at: number
  readonly is?: HaproxyVerdict
  /** `fault watch`, `fault run`, `lift`, `restart`, `start`, `kill`. */
  readonly does?: readonly string[]
  readonly says?: RegExp
}

interface Case {
  readonly name: string
  readonly rules?: Rules
  /** What every step has, unless it says otherwise. */
  readonly with?: Partial<Observation>
  readonly steps: readonly Step[]
}

/** haproxy has answered three times, at 0, 1 and 2 s. */
const up: readonly Step[] = [0, 1_000, 2_000].map((at) => ({ at, look: good, is: 'up', does: [] }))
/** Good looks a second apart, the first at `from`. */
const goodFrom = (from: number, count: number): readonly Step[] =>
  Array.from({ length: count }, (_, i) => ({ at: from + 1_000 * i, look: good }))

const cases: readonly Case[] = [
  {
    name: 'up: nothing to do, and it says so',
    steps: [...up, { at: 3_000, look: good, is: 'up', does: [], says: /^haproxy serves$/ }],
  },
  {
    name: 'agent just started: no verdict before the first answer',
    steps: [{ at: 0, is: 'starting', does: [], says: /has not answered yet/ }],
  },
  {
    name: 'agent just started, haproxy is not there yet: the second look is a verdict, and it is started',
    with: { peer: 'none' },
    steps: [
      { at: 0, look: gone, is: 'starting', does: [] },
      { at: 1_000, look: gone, is: 'dead', does: ['start'] },
    ],
  },
  {
    name: 'agent just started with a peer that serves: the VIPs are left to it',
    steps: [
      { at: 0, look: gone, does: [] },
      { at: 1_000, look: gone, does: ['fault watch', 'start'] },
    ],
  },
  {
    name: 'dead, peer ready: failover first, restart behind it, at the first look',
    steps: [
      ...up,
      {
        at: 2_300,
        look: gone,
        is: 'dead',
        does: ['fault watch', 'restart'],
        says: /^haproxy died; the peer has the VIPs; it is being restarted$/,
      },
    ],
  },
  {
    name: 'dead, peer unknown: restart first, the VIPs stay',
    with: { peer: 'unknown' },
    steps: [
      ...up,
      {
        at: 2_300,
        look: gone,
        does: ['restart'],
        says: /no peer is known to be ready.* restarted first/,
      },
      { at: 2_600, look: good, is: 'up', does: [] },
    ],
  },
  {
    name: 'dead, peer unknown, restart failed: the VIPs are given up, they are of no use here',
    with: { peer: 'unknown' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'] },
      {
        at: 2_500,
        restart: failed,
        is: 'dead',
        does: ['fault watch'],
        says: /restart 1 failed \(haproxy.service failed\), the next one in 1 s/,
      },
      { at: 3_500, look: gone, does: ['restart'], says: /number 2/ },
    ],
  },
  {
    name: 'dead without a peer: the same as with an unknown one',
    with: { peer: 'none' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'] },
      { at: 2_500, restart: failed, does: ['fault watch'] },
    ],
  },
  {
    name: 'dead, peer worse, keep: never a fault, however often the restart fails',
    with: { peer: 'worse' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'], says: /no peer serves either, .* stay here/ },
      { at: 2_500, restart: failed, does: [] },
      { at: 3_500, look: gone, does: ['restart'] },
      { at: 3_700, restart: failed, does: [] },
    ],
  },
  {
    name: 'dead, peer worse, release: a fault once the restart has failed',
    rules: release,
    with: { peer: 'worse' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'] },
      { at: 2_500, restart: failed, does: ['fault watch'] },
    ],
  },
  {
    name: 'dead, peer worse, then it recovers: the VIPs go to it at once',
    with: { peer: 'worse' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'] },
      { at: 2_400, restart: failed },
      { at: 2_900, peer: 'ready', does: ['fault watch'] },
    ],
  },
  {
    name: 'both in FAULT and both dead, keep: lifted after 5 s, so that the VIPs are somewhere',
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['fault watch', 'restart'] },
      { at: 2_400, restart: failed },
      { at: 3_000, peer: 'worse', isPeerInFault: true, does: [] },
      { at: 7_900, peer: 'worse', isPeerInFault: true, does: ['restart'] },
      { at: 8_000, peer: 'worse', isPeerInFault: true, does: ['lift'] },
      { at: 9_000, peer: 'worse', does: [] },
      { at: 10_000, peer: 'ready', does: ['fault watch'] },
    ],
  },
  {
    name: 'both in FAULT and both dead, release: stays so',
    rules: release,
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['fault watch', 'restart'] },
      { at: 2_400, restart: failed },
      { at: 3_000, peer: 'worse', isPeerInFault: true, does: [] },
      { at: 4_000, look: gone, peer: 'worse', isPeerInFault: true, does: ['restart'] },
      { at: 8_500, look: gone, peer: 'worse', isPeerInFault: true, does: [] },
    ],
  },
  {
    name: 'wedged: the second silence, failover first, killed behind it',
    steps: [
      ...up,
      { at: 3_000, look: silent, is: 'up', does: [] },
      {
        at: 4_000,
        look: silent,
        is: 'wedged',
        does: ['fault watch', 'kill'],
        says: /does not answer on its admin socket/,
      },
    ],
  },
  {
    name: 'one silence between answers is nothing',
    steps: [
      ...up,
      { at: 3_000, look: silent, does: [] },
      { at: 4_000, look: good, does: [] },
      { at: 5_000, look: silent, is: 'up', does: [] },
    ],
  },
  {
    name: 'wedged and killed for it: the sentence keeps what was first',
    steps: [
      ...up,
      { at: 3_000, look: silent },
      { at: 4_000, look: silent },
      { at: 4_100, look: gone, is: 'dead', does: [], says: /^haproxy runs, but does not answer/ },
    ],
  },
  {
    name: 'deaf: the second look',
    steps: [
      ...up,
      { at: 3_000, look: deaf, is: 'up', does: [] },
      {
        at: 4_000,
        look: deaf,
        is: 'deaf',
        does: ['fault watch', 'restart'],
        says: /listens on none/,
      },
    ],
  },
  ...(['ready', 'worse'] as const).map((peer): Case => {
    const pause = peer === 'ready' ? 8_000 : 5_000
    const tries = [2_300, 3_300, 5_300, 9_300, 9_300 + pause]
    return {
      name: `the pause after the fourth restart that fails, peer ${peer}: ${pause / 1000} s`,
      with: { peer },
      steps: [
        ...up,
        ...tries.flatMap((at, index): readonly Step[] => [
          { at: at - 1, look: index === 0 ? good : gone, does: [] },
          {
            at,
            look: gone,
            does: index === 0 && peer === 'ready' ? ['fault watch', 'restart'] : ['restart'],
          },
          { at, restart: failed, does: [] },
        ]),
      ],
    }
  }),
  {
    name: 'one address closed of several: said, nothing done',
    steps: [
      ...up,
      { at: 3_000, look: partlyClosed, is: 'up', does: [] },
      { at: 4_000, look: partlyClosed, is: 'up', does: [], says: /does not listen on \*:8404/ },
    ],
  },
  {
    name: 'saturated: said, and neither restart nor failover',
    steps: [
      ...up,
      { at: 3_000, look: full, is: 'saturated', does: [], says: /maxconn \(100 of 100\)/ },
      { at: 4_000, look: full, is: 'saturated', does: [] },
      { at: 5_000, look: good, is: 'up', does: [] },
    ],
  },
  {
    name: 'a planned reload: silence and closed addresses are excused for 10 s, and no longer',
    with: { phase: 'applying' },
    steps: [
      ...up.map((step) => ({ ...step, phase: null })),
      { at: 3_000, is: 'up' },
      { at: 4_000, look: silent, is: 'starting', does: [], says: /is being reloaded/ },
      { at: 5_000, look: silent, is: 'starting', does: [] },
      { at: 6_000, look: deaf, is: 'starting', does: [] },
      { at: 7_000, look: deaf, is: 'starting', does: [] },
      { at: 12_500, look: silent, is: 'starting' },
      { at: 13_500, look: silent, is: 'wedged', does: ['fault watch'] },
    ],
  },
  {
    name: 'a planned restart with a peer: nobody waits for it, and it is not restarted a second time',
    with: { phase: 'applying' },
    steps: [
      ...up.map((step) => ({ ...step, phase: null })),
      { at: 3_000, look: gone, is: 'dead', does: ['fault watch'] },
      { at: 3_300, look: good, is: 'up', does: [] },
    ],
  },
  {
    name: 'a planned restart without a peer is left alone for 15 s, and no longer',
    with: { phase: 'applying', peer: 'none' },
    steps: [
      ...up.map((step) => ({ ...step, phase: null })),
      { at: 3_000, look: gone, is: 'dead', does: [] },
      { at: 7_000, look: gone, does: [] },
      { at: 11_000, look: gone, does: [] },
      { at: 15_000, look: gone, does: [] },
      { at: 18_000, look: gone, does: ['restart'] },
    ],
  },
  {
    name: 'the gate watches: a death is a death',
    with: { phase: 'watching' },
    steps: [...up, { at: 3_000, look: gone, is: 'dead', does: ['fault watch', 'restart'] }],
  },
  {
    name: 'worse through a change, peer ready: a fault of the run, lifted when the run is over and all is well',
    steps: [
      ...up,
      { at: 3_000, look: good, phase: 'worse', does: [] },
      { at: 4_000, look: good, phase: 'worse', does: ['fault run'], says: /left to the peer/ },
      { at: 4_500, look: good, phase: 'rolling-back', does: [], says: /taken back/ },
      { at: 9_000, look: good, phase: 'rolling-back', does: [] },
      { at: 10_000, look: good, does: [] },
      { at: 10_900, look: good, does: [] },
      { at: 11_000, look: good, does: ['lift'] },
    ],
  },
  {
    name: 'worse through a change, and the peer was ready before it: the VIPs wait for a newer proof',
    steps: [
      ...up,
      { at: 3_000, look: good, phase: 'worse', readyAge: 900, does: [] },
      { at: 4_000, look: good, phase: 'worse', readyAge: 900, does: [] },
      { at: 4_500, look: good, phase: 'worse', peer: 'worse', readyAge: null, does: [] },
      { at: 5_000, look: good, phase: 'worse', readyAge: 900, does: ['fault run'] },
    ],
  },
  {
    name: 'worse through a change, no peer ready: the VIPs stay',
    with: { peer: 'unknown' },
    steps: [...up, { at: 3_000, look: good, phase: 'worse', does: [] }],
  },
  {
    name: 'recovering: three good looks over 2 s bring the VIPs back',
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['fault watch', 'restart'] },
      { at: 2_600, look: good, restart: ended, is: 'up', does: [], says: /come back once .* 2 s/ },
      { at: 3_600, look: good, does: [] },
      { at: 4_500, look: good, does: [] },
      { at: 4_600, look: good, does: ['lift'], says: /^haproxy serves$/ },
    ],
  },
  {
    name: 'recovering, and silent once: it begins anew',
    steps: [
      ...up,
      { at: 2_300, look: gone },
      { at: 2_600, look: good, restart: ended },
      { at: 3_600, look: silent, does: [] },
      { at: 4_600, look: good, does: [] },
      { at: 5_600, look: good, does: [] },
      { at: 6_600, look: good, does: ['lift'] },
    ],
  },
  {
    name: 'recovering while no peer serves: the first good look brings the VIPs back',
    steps: [
      ...up,
      { at: 2_300, look: gone },
      { at: 2_600, look: good, restart: ended, peer: 'worse', does: ['lift'] },
    ],
  },
  {
    name: 'dies soon after it came back: waits twice as long',
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['fault watch', 'restart'] },
      ...goodFrom(3_000, 2),
      { at: 5_000, look: good, does: ['lift'] },
      { at: 6_000, look: gone, does: ['fault watch', 'restart'] },
      ...goodFrom(7_000, 4),
      { at: 10_900, look: good, does: [] },
      { at: 11_000, look: good, does: ['lift'] },
    ],
  },
  {
    name: 'dies again and again: restarts come further and further apart',
    with: { peer: 'none' },
    steps: [
      ...up,
      { at: 2_000, look: gone, does: ['restart'] },
      { at: 2_300, look: good },
      { at: 2_400, look: gone, does: [], says: /is restarted in 1 s/ },
      { at: 3_000, look: gone, does: ['restart'] },
      { at: 3_300, look: good },
      { at: 3_400, look: gone, does: [] },
      { at: 4_900, look: gone, does: [] },
      { at: 5_000, look: gone, does: ['restart'] },
    ],
  },
  {
    name: 'can not start, and then the peer stops serving: a pause that was fair before is cut to 5 s',
    steps: [
      ...up,
      ...[2_300, 3_400, 5_500, 9_600].flatMap((at) => [
        { at, look: gone, does: at === 2_300 ? ['fault watch', 'restart'] : ['restart'] },
        { at: at + 100, look: gone, restart: failed, does: [] },
      ]),
      { at: 14_000, look: gone, does: [], says: /the next one in 4 s/ },
      { at: 14_500, look: gone, peer: 'worse', does: [], says: /the next one in 1 s/ },
      { at: 14_700, look: gone, peer: 'worse', does: ['restart'] },
    ],
  },
  {
    name: 'ran well for 30 s: a death is restarted at once again',
    with: { peer: 'none' },
    steps: [
      ...up,
      { at: 2_000, look: gone, does: ['restart'] },
      ...goodFrom(3_000, 32),
      { at: 34_500, look: gone, does: ['restart'], says: /it is being restarted$/ },
    ],
  },
  {
    name: 'a restart that systemd calls started, and no answer for 3 s: failed, next one after a pause',
    with: { peer: 'unknown' },
    steps: [
      ...up,
      { at: 2_300, look: gone, does: ['restart'] },
      { at: 2_500, restart: ended, does: [] },
      { at: 3_500, look: gone, does: [] },
      {
        at: 5_500,
        look: gone,
        does: ['fault watch'],
        says: /restart 1 failed \(it does not answer/,
      },
      { at: 6_500, look: gone, does: ['restart'] },
    ],
  },
  {
    name: 'a restart that hangs counts as failed after 10 s',
    with: { peer: 'unknown' },
    steps: [
      ...up,
      { at: 2_000, look: gone, does: ['restart'] },
      { at: 6_000, look: gone, does: [] },
      { at: 10_000, look: gone, does: [] },
      { at: 12_000, look: gone, does: ['fault watch'] },
    ],
  },
  {
    name: 'stood still itself: what it had counted is void',
    steps: [
      ...up,
      { at: 3_000, look: silent, is: 'up', does: [] },
      { at: 60_000, look: silent, is: 'up', does: [] },
      { at: 61_000, look: silent, is: 'wedged' },
    ],
  },
  {
    name: 'stood still while recovering: the good looks before it do not count',
    steps: [
      ...up,
      { at: 2_300, look: gone },
      { at: 3_000, look: good },
      { at: 60_000, look: good, does: [] },
      { at: 61_000, look: good, does: [] },
      { at: 62_000, look: good, does: ['lift'] },
    ],
  },
]

function show(decision: Decision): readonly string[] {
  return decision.actions.map((action) => {
    if (action.type === 'fault') return `fault ${action.owner}`
    if (action.type === 'lift') return 'lift'
    return action.isKill ? 'kill' : action.isStart ? 'start' : 'restart'
  })
}

for (const { name, steps, with: common, rules: own = rules } of cases) {
  test(name, () => {
    let state = beginWatch(0, own)
    for (const { at, is, does, says, ...seen } of steps) {
      const decision = decide(state, { ...base, ...common, ...seen }, own, at)
      const where = `at ${at}: ${decision.sentence}`
      if (is !== undefined) assert.is(decision.state.verdict, is, where)
      if (does !== undefined) assert.equal(show(decision), does, where)
      if (says !== undefined) assert.match(decision.sentence, says, where)
      state = decision.state
    }
  })
}

test.run()

import { commitError, LimitError } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import { limitCpu } from '../system/limit-cpu.ts'
import { atOrigin } from './origin.ts'
import type { HelperOptions } from './origin.ts'

/** Milliseconds of CPU time: a pair with 20,000 servers renders in a fifth of it, on a slow machine (measured). */
const longest = 10_000
/** Bytes that loops and helpers may produce, each loop around others for itself. 20,000 servers make some 20 million. */
const most = 128_000_000
/** What they take besides their text, about: a turn of a loop, an item of a list, a template, a task's resource. */
const turn = 64
const item = 8
const template = 1_000
const resource = 4_000

const advice = 'look for loops within loops, and templates that include each other'

/** Rendering goes on in one place at a time, so that one account will do. */
let spent = 0
/** The template or loop that was entered last: what never ends never leaves it. */
let inHand: Place | null = null

/**
 * Renders a host, which is to end whatever its templates say: loops within loops, templates that include each other,
 * can ask for more than all time and memory.
 * @param limit milliseconds of CPU time
 * @throws CommitError that names the place where it was too much
 */
export function withinRenderLimits<T>(host: string, render: () => T, limit = longest): T {
  return limitCpu(
    limit,
    () => {
      spent = 0
      inHand = null
      return render()
    },
    () =>
      new LimitError([
        {
          place: inHand ?? { file: `inventory/hosts.yml`, key: host },
          message: `rendering ${host} does not come to an end within ${limit / 1000} s of CPU time, and was broken off here; ${advice}`,
        },
      ]),
  )
}

/** Counts a template that is entered, and names it should it never end. @throws CommitError when it is too much */
export function enter(place: Place): void {
  inHand = place
  spend(template, (message) => commitError(place, message))
}

/** The same for the text of one turn of a loop. */
export function countTurn(text: string, options: HelperOptions): void {
  spend(text.length + turn, (message) => atOrigin(options, message))
}

/** The same for what a helper makes of its arguments: a list that is appended to itself doubles. */
export function countValue(value: unknown, options: HelperOptions): void {
  const size =
    typeof value === 'string' ? value.length : Array.isArray(value) ? value.length * item : 0
  spend(size, (message) => atOrigin(options, message))
}

/** The same for the resources that a task's `loop` makes. */
export function countResources(count: number, place: Place): void {
  spend(count * resource, (message) => commitError(place, message))
}

function spend(amount: number, refuse: (message: string) => Error): void {
  spent += amount
  if (spent <= most) return
  // The faults of all tasks are told together, and this one is not theirs
  spent = 0
  throw refuse(`makes more than ${most / 1_000_000} MB; ${advice}`)
}

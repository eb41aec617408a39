import * as v from 'valibot'

/** Who is told what went wrong: `notify` in agent.yml. */
export interface NotifyConfig {
  /** Gets a POST with JSON; null: none. Never shown as a whole: a webhook's address is its password. */
  readonly url: string | null
  /** argv that gets JSON on its standard input and EVENKEEL_* in its environment; null: none. */
  readonly command: readonly string[] | null
  /** Milliseconds of being held after which that is told. Default: 30 minutes. */
  readonly hold: number
}

/** A day, in minutes: who wants to know later does not want to know. */
const longestHold = 1440

/** What the keys hold, for whoever wrote something else there. */
export const notifyExpected = {
  notify: 'url, command and hold, a line each below it',
  'notify.url': 'the address of a webhook, such as "https://chat.example.com/hook"',
  'notify.command': 'a program with its arguments as a list, such as [/usr/local/bin/page, lb]',
  'notify.hold': `a number of minutes from 1 to ${longestHold}`,
} as const

export const notifySchema = v.pipe(
  v.strictObject({
    url: v.optional(
      v.pipe(v.string(), v.check(isWebhook, `expected ${notifyExpected['notify.url']}`)),
    ),
    command: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
    hold: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(longestHold)), 30),
  }),
  v.check(
    ({ url, command }) => url !== undefined || command !== undefined,
    'tells nobody: add url or command, or leave notify out',
  ),
  v.transform(({ url = null, command = null, hold }): NotifyConfig => ({
    url,
    command,
    hold: hold * 60_000,
  })),
)

function isWebhook(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}

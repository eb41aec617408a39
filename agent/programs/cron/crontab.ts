/**
 * What Debian's cron (3.0pl1) takes in a file of /etc/cron.d, each line of this tried with it. One fault makes it
 * ignore the whole file, and it tells its log alone.
 */

/** What a job is, in the words of crontab(5). */
export interface CronJob {
  readonly schedule: string
  readonly user: string
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** The text of a file with one job. */
export function formatCrontab({ schedule, user, command, env }: CronJob): string {
  const lines = [
    '# Written by Evenkeel; a change made here is undone.',
    ...Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`),
    `${schedule.split(/\s+/).join(' ')} ${user} ${escapeCommand(command)}`,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** cron passes over files with any other name in silence. */
export const crontabName = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/

const nicknames = [
  'reboot',
  'yearly',
  'annually',
  'monthly',
  'weekly',
  'daily',
  'midnight',
  'hourly',
]
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Name, first and last value, and the names of values from the first on. */
const fields = [
  ['minute', 0, 59, []],
  ['hour', 0, 23, []],
  ['day of month', 1, 31, []],
  ['month', 1, 12, months],
  ['day of week', 0, 7, weekdays],
] as const

/**
 * What is wrong with a schedule; null: nothing. Less is taken than cron takes without a word, such as 5-1,
 * which is never due.
 */
export function findScheduleFault(schedule: string): string | null {
  const nickname = /^@(.*)$/.exec(schedule)?.[1]
  if (nickname !== undefined) {
    return nicknames.includes(nickname)
      ? null
      : `there is no @${nickname}; cron knows @${nicknames.join(', @')}`
  }
  const given = schedule.split(/\s+/)
  if (given.length !== fields.length) {
    return `expected minute, hour, day of month, month and day of week, or such as @daily; got ${given.length} fields`
  }
  for (const [index, [name, first, last, names]] of fields.entries()) {
    const wrong = given[index]?.split(',').find((part) => !isPart(part, first, last, names))
    if (wrong === undefined) continue
    const range = `${first}-${last}${names.length > 0 ? ` or ${names[0]}-${names.at(-1)}` : ''}`
    return `${name}: "${wrong}" is none of: *, a value (${range}), from-to, and */step or from-to/step`
  }
  return null
}

function isPart(part: string, first: number, last: number, names: readonly string[]): boolean {
  const [, all, from = '', to, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? []
  const number = (text: string): number => {
    const named = names.indexOf(text.toLowerCase())
    return named >= 0 ? first + named : /^\d+$/.test(text) ? Number(text) : Number.NaN
  }
  const isIn = (value: number): boolean => value >= first && value <= last
  const isStep = step === undefined || (Number(step) >= 1 && Number(step) <= last)
  if (all !== undefined) return isStep
  if (to === undefined) return isIn(number(from)) && step === undefined
  return isIn(number(from)) && isIn(number(to)) && number(from) <= number(to) && isStep
}

/** Most bytes of a command, as the file has it, and of a line that sets a variable. */
const longest = 998

/** What is wrong with a command; null: nothing. */
export function findCommandFault(command: string): string | null {
  if (!/^\S[^\n\r\0]*$/.test(command)) return 'expected one line; put more into a script'
  if (/\\[\\%]/.test(command)) {
    return 'crons differ in what they make of \\\\ and \\%: write % as it is, and put the rest into a script'
  }
  const size = Buffer.byteLength(escapeCommand(command))
  return size > longest
    ? `cron takes ${longest} bytes, these are ${size}; put it into a script`
    : null
}

/** What is wrong with a variable; null: nothing. */
export function findVariableFault(name: string, value: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'expected a name such as MAILTO'
  if (name === 'LOGNAME') return 'cron sets it itself, to the name of the user'
  if (/[\n\r\0]/.test(value)) return 'expected one line'
  if (/\s$/.test(value)) return 'cron drops blanks at the end of a value'
  if (value.includes('"') && value.includes("'")) return `cron takes no value with both " and '`
  const size = Buffer.byteLength(`${name}=${quote(value)}`)
  return size > longest ? `cron takes ${longest} bytes in a line, this has ${size}` : null
}

/** cron makes a new line of each %, and % of \%. */
function escapeCommand(command: string): string {
  return command.replaceAll('%', '\\%')
}

/** Nothing is expanded or escaped within quotes. */
function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`
}

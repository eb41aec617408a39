import { exit, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { messageOf } from '../../agent/system/errors.ts'

/** What every kind of test/soak is told. */
export interface SoakFlags {
  readonly seed: number
  /** How many faults. */
  readonly count: number
  /** How long each attack lasts. */
  readonly seconds: number
  /** This one of the seed alone; null: all of them. */
  readonly only: number | null
  /** The commit of this project that a pair is upgraded from. */
  readonly from: string
}

const text = { type: 'string' } as const

/** Reads the flags of test/soak and says the seed; ends the process when they are wrong. */
export function readSoakFlags(argv = process.argv.slice(2)): SoakFlags {
  const options = { seed: text, count: text, seconds: text, only: text, from: text } as const
  try {
    const { values } = parseArgs({ args: argv, options })
    const number = (name: keyof typeof options, absent: number): number => {
      const given = values[name] ?? String(absent)
      if (!/^[0-9]{1,9}$/.test(given)) throw new Error(`--${name} is "${given}": use a number`)
      return Number(given)
    }
    const seed = number('seed', Math.floor(Math.random() * 1_000_000))
    stdout.write(`seed ${seed}\n`)
    const only = values.only === undefined ? null : number('only', 1)
    const { from = 'HEAD~1' } = values
    return { seed, count: number('count', 200), seconds: number('seconds', 60), only, from }
  } catch (error) {
    stderr.write(`soak: ${messageOf(error)}\n`)
    return exit(64)
  }
}

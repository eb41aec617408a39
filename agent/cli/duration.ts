import { InvalidArgumentError } from 'commander'

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Days: what lasts longer is no maintenance but forgotten. */
const longest = 90

/** Milliseconds of `30m`, `2h` or `1d`. @throws InvalidArgumentError */
export function parseDuration(value: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(value) ?? []
  const duration = Number(number) * units[unit as keyof typeof units]
  if (unit === undefined || duration > longest * units.d) {
    throw new InvalidArgumentError(
      `Expected minutes, hours or days, ${longest}d at most: 30m, 2h, 1d.`,
    )
  }
  return duration
}

/** Modes that people mean when they write them without the leading zero, in decimal. */
const withoutZero = new Set([
  400, 440, 444, 500, 550, 555, 600, 640, 644, 660, 664, 666, 700, 710, 711, 750, 755, 770, 775,
  777,
])

/** Permission bits from octal text, or from the number that YAML 1.1 makes of `0644`. null: neither. */
export function parseMode(given: string | number): number | null {
  if (typeof given === 'number') {
    return Number.isInteger(given) && given >= 0 && given <= 0o7777 ? given : null
  }
  return /^(0o?)?[0-7]{3,4}$/.test(given) ? Number.parseInt(given.replace('o', ''), 8) : null
}

/** True for 644, which was meant as 0644 and would otherwise become 01204. */
export function isMistakenMode(given: number): boolean {
  return withoutZero.has(given)
}

/** `0644`, as people write permissions. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

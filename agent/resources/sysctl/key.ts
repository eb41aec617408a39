/**
 * Path of a key below /proc/sys. Reads both ways of writing it, as sysctl.d(5) does: with the first
 * separator a slash, all stays as it is; with a dot, dots and slashes change places, so that
 * `net.ipv4.conf.eth0/100.forwarding` and `net/ipv4/conf/eth0.100/forwarding` are one key.
 */
export function toKeyPath(key: string): string {
  const separator = /[/.]/.exec(key)?.[0]
  return separator === '.' ? swapSeparators(key) : key
}

/** The way people write the key of a path below /proc/sys: `net.ipv4.conf.eth0/100.forwarding`. */
export function toKeyName(path: string): string {
  return swapSeparators(path)
}

/** What is wrong with a key that a task names; null when it can be one. */
export function findKeyFault(key: string): string | null {
  if (/[*?[\]]/.test(key)) return 'a pattern is not a key; name each key'
  const steps = toKeyPath(key).split('/')
  const isPath = steps.length > 1 && steps.every((step) => /^[^\s=#;]+$/.test(step))
  if (!isPath || steps.some((step) => step === '.' || step === '..') || key.startsWith('-')) {
    return 'expected a key such as net.core.somaxconn'
  }
  return null
}

/** A value with single spaces: files have spaces where /proc/sys has tabs. */
export function normaliseValue(value: string): string {
  return value.trim().split(/\s+/).join(' ')
}

function swapSeparators(text: string): string {
  return text.replace(/[/.]/g, (separator) => (separator === '.' ? '/' : '.'))
}

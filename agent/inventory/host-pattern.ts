import { isIPv6 } from 'node:net'

/** The hosts that one key below `hosts:` stands for. */
export interface HostPattern {
  readonly names: readonly string[]
  /** From `name:2222`; Ansible makes it `ansible_port`. */
  readonly port: number | undefined
}

/**
 * Expands a key below `hosts:` as Ansible does: `lb[1:3]`, `lb[01:10:2]`, `web-[a:c]`, several ranges in
 * one name, and a port behind it.
 * @throws Error that says in one clause what is wrong with the range
 */
export function expandHostPattern(pattern: string): HostPattern {
  const { name, port } = splitPort(pattern)
  return { names: expand(name), port }
}

function splitPort(pattern: string): { name: string; port: number | undefined } {
  const bracketed = /^\[(.+)\]:(\d+)$/.exec(pattern)
  const plain = /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/.exec(pattern)
  const [, name, port] = bracketed ?? plain ?? []
  const isAddress = name !== undefined && (isIPv6(name) || hostname.test(name))
  return isAddress ? { name, port: Number(port) } : { name: pattern, port: undefined }
}

const hostname = /^(?:[\w.-]|\[[0-9a-z]+:[0-9a-z]+(?::\d+)?\])+$/i

function expand(name: string): readonly string[] {
  if (!name.includes('[')) return [name]
  const match = /^([^[]*)\[([^\]]*)\](.*)$/s.exec(name)
  if (match === null) throw new Error('the range lacks its ]')
  const [, head = '', range = '', tail = ''] = match
  const names: string[] = []
  for (const item of sequence(range)) {
    names.push(...expand(`${head}${item}${tail}`))
    if (names.length > maximumHosts)
      throw new Error(`it stands for more than ${maximumHosts} hosts`)
  }
  return names
}

function sequence(range: string): readonly string[] {
  const bounds = range.split(':')
  const [begin = '', end = '', step = '1'] = bounds
  if (bounds.length < 2 || bounds.length > 3) {
    throw new Error(`[${range}] must be [begin:end] or [begin:end:step]`)
  }
  const from = position(begin === '' ? '0' : begin)
  const to = position(end)
  if (
    from === undefined ||
    to === undefined ||
    from.isLetter !== to.isLetter ||
    !/^[1-9]\d*$/.test(step)
  ) {
    throw new Error(`[${range}] must run between two numbers or two letters`)
  }
  const width = /^0\d/.test(begin) ? begin.length : 0
  if (width > 0 && end.length !== width) {
    throw new Error(`[${range}] starts with a zero, so both ends need the same number of digits`)
  }
  if (from.index > to.index) throw new Error(`[${range}] ends before it begins`)
  const count = Math.floor((to.index - from.index) / Number(step)) + 1
  if (count > maximumHosts) throw new Error(`[${range}] stands for ${count} hosts`)
  return Array.from({ length: count }, (_, index) => {
    const at = from.index + index * Number(step)
    return from.isLetter ? (letters[at] ?? '') : String(at).padStart(width, '0')
  })
}

/** A typo such as [1:99999999], or [1:9999][1:9999], must not fill the memory. */
const maximumHosts = 10_000

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function position(bound: string): { index: number; isLetter: boolean } | undefined {
  if (/^\d+$/.test(bound)) return { index: Number(bound), isLetter: false }
  const index = bound.length === 1 ? letters.indexOf(bound) : -1
  return index === -1 ? undefined : { index, isLetter: true }
}

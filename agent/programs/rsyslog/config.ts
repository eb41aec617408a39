import { familyOf } from '../address.ts'
import type { Endpoint } from '../endpoint.ts'

/** Where rsyslog is to listen, with the line that asks for it. */
export interface RsyslogInput extends Endpoint {
  readonly line: number
  /** `input(type="imudp") 127.0.0.1:514`. */
  readonly text: string
  /** It can bind what is not on this node: imudp does (IP_FREEBIND) unless told otherwise. */
  readonly isFree: boolean
}

/** A file that rsyslog is to write. */
export interface RsyslogOutput {
  readonly line: number
  readonly path: string
  /** rsyslog makes missing folders, which is its default. */
  readonly makesFolders: boolean
}

interface Statement {
  readonly line: number
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
}

/** `input(…)` of imudp and imtcp, and `$UDPServerRun`. Names and templates as values are passed over. */
export function readRsyslogInputs(text: string): readonly RsyslogInput[] {
  const modern = readStatements(text).flatMap(({ line, name, parameters }) => {
    const type = parameters.get('type')?.toLowerCase()
    if (name !== 'input' || (type !== 'imudp' && type !== 'imtcp')) return []
    const ports = (parameters.get('port') ?? '').match(/\d+/g) ?? []
    const isFree = type === 'imudp' && parameters.get('ipfreebind') !== '0'
    const device = parameters.get('device') ?? null
    return ports.flatMap((port) =>
      toInput(line, type, parameters.get('address') ?? '*', port, isFree, device),
    )
  })
  return [...modern, ...readLegacyInputs(text)]
}

/** `action(type="omfile" file="…")` and selectors with a path. */
export function readRsyslogOutputs(text: string): readonly RsyslogOutput[] {
  const modern = readStatements(text).flatMap(({ line, name, parameters }) => {
    const path = parameters.get('file') ?? ''
    if (name !== 'action' || parameters.get('type')?.toLowerCase() !== 'omfile') return []
    if (!path.startsWith('/')) return []
    return [{ line, path, makesFolders: parameters.get('createdirs')?.toLowerCase() !== 'off' }]
  })
  const legacy = text.split('\n').flatMap((row, index) => {
    const path = /^[a-z*][\w*.,;=!-]*\.[\w*=!,;.-]+\s+-?(\/[^\s;]+)/i.exec(row)?.[1]
    return path === undefined || path.startsWith('/dev/')
      ? []
      : [{ line: index + 1, path, makesFolders: !/^\$CreateDirs\s+off/im.test(text) }]
  })
  return [...modern, ...legacy]
}

function readLegacyInputs(text: string): readonly RsyslogInput[] {
  let address = '*'
  return text.split('\n').flatMap((row, index) => {
    const [keyword = '', value = ''] = row.trim().split(/\s+/)
    if (keyword.toLowerCase() === '$udpserveraddress') address = value
    const isUdp = keyword.toLowerCase() === '$udpserverrun'
    const isTcp = keyword.toLowerCase() === '$inputtcpserverrun'
    if ((!isUdp && !isTcp) || !/^\d+$/.test(value)) return []
    return toInput(index + 1, isUdp ? 'imudp' : 'imtcp', isUdp ? address : '*', value, isUdp, null)
  })
}

function toInput(
  line: number,
  type: 'imudp' | 'imtcp',
  address: string,
  port: string,
  isFree: boolean,
  device: string | null,
): readonly RsyslogInput[] {
  const isAny = address === '*' || address === '' || address === '0.0.0.0' || address === '::'
  const family = familyOf(address)
  if (!isAny && family === null) return []
  return [
    {
      line,
      text: `${type} on ${isAny ? 'every address' : address}, port ${port}`,
      protocol: type === 'imudp' ? 'udp' : 'tcp',
      families: family === null ? ['ipv4', 'ipv6'] : [family],
      address: isAny ? null : address,
      first: Number(port),
      last: Number(port),
      device,
      isFree,
    },
  ]
}

/** Objects of RainerScript. A # outside quotes begins a comment. */
function readStatements(text: string): readonly Statement[] {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|#.*$/gm, (part) =>
    part.startsWith('#') ? ' '.repeat(part.length) : part,
  )
  const statement = /\b(input|action|module)\s*\(((?:"(?:[^"\\]|\\.)*"|[^")])*)\)/g
  return [...plain.matchAll(statement)].map((match) => ({
    line: plain.slice(0, match.index).split('\n').length,
    name: match[1] ?? '',
    parameters: new Map(
      [...(match[2] ?? '').matchAll(/([\w.]+)\s*=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\])/g)].map(
        ([, name = '', value = '']) => [name.toLowerCase(), value.replace(/^"|"$/g, '')] as const,
      ),
    ),
  }))
}

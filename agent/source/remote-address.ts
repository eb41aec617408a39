/** Where the config repo is fetched from. */
export interface Remote {
  /** A name or an address. */
  readonly host: string
  readonly port: number
  /** Scheme of the URL, such as `https` or `ssh`. */
  readonly protocol: string
}

const defaultPorts: Readonly<Record<string, number>> = { https: 443, http: 80, ssh: 22, git: 9418 }

/** Where a repo's URL leads: `ssh://git@host:22/x.git`, `git@host:x.git`. null for a local folder. */
export function parseRemote(repo: string): Remote | null {
  // The short form of ssh has a colon, but no slash before it.
  const short = /^(?:[^@/]+@)?(\[[^\]/]+\]|[^:/[\]]+):(?!\/\/)/.exec(repo)
  if (short?.[1] !== undefined) return { ...inBrackets(short[1]), protocol: 'ssh' }
  const url = URL.canParse(repo) ? new URL(repo) : null
  const protocol = url?.protocol.replace(':', '') ?? ''
  const port = Number(url?.port) || defaultPorts[protocol]
  if (url === null || url.hostname === '' || port === undefined) return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, protocol }
}

/** `[2001:db8::1]`, or what Git knows besides: `[host:2222]`. */
function inBrackets(text: string): Pick<Remote, 'host' | 'port'> {
  const host = text.replace(/^\[|\]$/g, '')
  const [, name, port] = /^([^:]+):(\d+)$/.exec(host) ?? []
  return name === undefined ? { host, port: 22 } : { host: name, port: Number(port) }
}

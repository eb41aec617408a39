import { familyOf } from '../address.ts'
import type { Family } from '../address.ts'
import { parseKeepalivedBlocks } from './block.ts'
import type { KeepalivedBlock } from './block.ts'

/** A value with the line that it stands on, from 1. */
export interface Located<T> {
  readonly value: T
  readonly line: number
}

/** A `vrrp_instance`, with keepalived's defaults filled in where they are fixed. */
export interface VrrpInstance {
  readonly name: string
  readonly line: number
  readonly family: Family
  /** Of VRRP: 2 or 3. */
  readonly version: number
  readonly interface: Located<string> | null
  /** VRRP goes by an interface of its own (macvlan or ipvlan), whose name isn't known here. */
  readonly usesVmac: boolean
  /** null when missing or not a number. */
  readonly virtualRouterId: Located<number> | null
  /** Unset: 255 for `state MASTER`, else 100 (vrrp.c). null when not a number. */
  readonly priority: Located<number> | null
  readonly unicastSourceIp: Located<string> | null
  readonly multicastSourceIp: Located<string> | null
  /** Where adverts go when there are no unicast peers. */
  readonly multicastGroup: string
  readonly unicastPeers: readonly Located<string>[]
  /** As written, with the prefix length, without `dev`, `label` and the like. */
  readonly virtualIpAddresses: readonly Located<string>[]
  readonly virtualIpAddressesExcluded: readonly Located<string>[]
  /** A node that comes back leaves the VIPs where they are. */
  readonly nopreempt: boolean
  /** Interfaces whose loss is a fault, besides its own. */
  readonly trackInterfaces: readonly Located<string>[]
  /** Scripts of its own `track_script`, by name. */
  readonly trackScripts: readonly string[]
  /** Seconds as written; null: 1 (vrrp.c). */
  readonly advertInterval: string | null
  /** Type and password of `authentication`, which only version 2 has; null: none. Never to be shown. */
  readonly authentication: string | null
  /** `auth_pass`, of which the last line counts; null: none. Never to be shown as a whole. */
  readonly password: Located<string> | null
  /** IP protocol 51 carries the adverts instead of 112. */
  readonly usesAuthenticationHeader: boolean
  /** A line of it counts on some nodes only, so its values are a guess. */
  readonly conditional: boolean
}

export interface KeepalivedConfig {
  readonly instances: readonly VrrpInstance[]
  /** Names of `include` and its variants: relative to the file, with wildcards. */
  readonly includes: readonly Located<string>[]
}

/** Parts of a configuration that hold for all files of it. */
type Globals = Readonly<Record<'version' | 'interface' | 'group4' | 'group6', string | undefined>>

/**
 * What the checks need of a keepalived.conf. Wrong syntax is passed over: `keepalived -t` judges that.
 * @param configId what `@id` lines are compared with: the short name of the host
 */
export function parseKeepalivedConfig(text: string, configId = ''): KeepalivedConfig {
  const blocks = parseKeepalivedBlocks(text, configId)
  const definitions = blocks.filter((block) => block.words[0] === 'global_defs')
  const global = (name: string): string | undefined =>
    definitions.flatMap((block) => block.children).findLast((line) => line.words[0] === name)
      ?.words[1]
  const globals: Globals = {
    version: global('vrrp_version'),
    interface: global('default_interface'),
    group4: global('vrrp_mcast_group4'),
    group6: global('vrrp_mcast_group6'),
  }
  return {
    instances: blocks
      .filter((block) => block.words[0] === 'vrrp_instance')
      .map((block) => readInstance(block, globals)),
    includes: allBlocks(blocks)
      .filter((block) => /^include[rmwba]?$/.test(block.words[0] ?? ''))
      .map((block) => ({ value: block.words[1] ?? '', line: block.line })),
  }
}

/** All addresses that keepalived adds for an instance, without prefix length. */
export function vipsOf(instance: VrrpInstance): readonly string[] {
  const located = [...instance.virtualIpAddresses, ...instance.virtualIpAddressesExcluded]
  return located.map(({ value }) => value.split('/')[0] ?? '')
}

function readInstance(block: KeepalivedBlock, globals: Globals): VrrpInstance {
  const setting = (name: string): Located<string> | null => {
    const line = block.children.findLast((child) => child.words[0] === name)
    const value = line?.words[1]
    return line === undefined || value === undefined ? null : { value, line: line.line }
  }
  const has = (name: string): boolean => block.children.some((child) => child.words[0] === name)
  const entries = (name: string): readonly Located<string>[] =>
    block.children
      .filter((child) => child.words[0] === name)
      .flatMap((child) => child.children)
      .filter((child) => child.words.length > 0)
      .map((child) => ({ value: child.words[0] ?? '', line: child.line }))
  const authentication = block.children.filter((child) => child.words[0] === 'authentication')
  const addresses = {
    unicastSourceIp: setting('unicast_src_ip'),
    multicastSourceIp: setting('mcast_src_ip'),
    unicastPeers: entries('unicast_peer'),
    virtualIpAddresses: entries('virtual_ipaddress'),
  }
  const family = has('native_ipv6') ? 'ipv6' : familyOfFirst(addresses)
  const priority = setting('priority')
  const unsetPriority = {
    value: setting('state')?.value === 'MASTER' ? 255 : 100,
    line: block.line,
  }
  return {
    name: block.words[1] ?? '',
    line: block.line,
    family,
    version: Number(setting('version')?.value ?? (family === 'ipv6' ? 3 : (globals.version ?? 2))),
    interface:
      setting('interface') ??
      (globals.interface === undefined ? null : { value: globals.interface, line: block.line }),
    usesVmac: has('use_vmac') || has('use_ipvlan'),
    virtualRouterId: toNumber(setting('virtual_router_id')),
    priority: priority === null ? unsetPriority : toNumber(priority),
    ...addresses,
    multicastGroup:
      setting('mcast_dst_ip')?.value ??
      (family === 'ipv4' ? (globals.group4 ?? '224.0.0.18') : (globals.group6 ?? 'ff02::12')),
    virtualIpAddressesExcluded: entries('virtual_ipaddress_excluded'),
    nopreempt: has('nopreempt'),
    trackInterfaces: entries('track_interface'),
    trackScripts: entries('track_script').map(({ value }) => value),
    advertInterval: setting('advert_int')?.value ?? null,
    authentication:
      authentication.length === 0
        ? null
        : authentication
            .flatMap((child) => child.children)
            .map(({ words }) => words.slice(0, 2).join(' '))
            .sort()
            .join('\n'),
    password: passwordOf(authentication.flatMap((child) => child.children)),
    usesAuthenticationHeader: authentication
      .flatMap((child) => child.children)
      .some((child) => child.words[0] === 'auth_type' && child.words[1] === 'AH'),
    conditional: allBlocks([block]).some((child) => child.conditional),
  }
}

function passwordOf(lines: readonly KeepalivedBlock[]): Located<string> | null {
  const line = lines.findLast(({ words }) => words[0] === 'auth_pass')
  return line === undefined ? null : { value: line.words[1] ?? '', line: line.line }
}

/** An instance is of the family of its first address (vrrp_parser.c); IPv4 where it has none. */
function familyOfFirst(
  addresses: Pick<
    VrrpInstance,
    'unicastSourceIp' | 'multicastSourceIp' | 'unicastPeers' | 'virtualIpAddresses'
  >,
): Family {
  const { unicastSourceIp, multicastSourceIp, unicastPeers, virtualIpAddresses } = addresses
  const all = [unicastSourceIp, multicastSourceIp, ...unicastPeers, ...virtualIpAddresses]
  const families = all
    .filter((address) => address !== null)
    .sort((one, other) => one.line - other.line)
    .map((address) => familyOf(address.value.split('/')[0] ?? ''))
  return families.find((family) => family !== null) ?? 'ipv4'
}

function toNumber(text: Located<string> | null): Located<number> | null {
  return text !== null && /^\d+$/.test(text.value)
    ? { value: Number(text.value), line: text.line }
    : null
}

function allBlocks(blocks: readonly KeepalivedBlock[]): readonly KeepalivedBlock[] {
  return blocks.flatMap((block) => [block, ...allBlocks(block.children)])
}

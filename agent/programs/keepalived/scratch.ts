import type { VrrpInstance } from './config.ts'

/**
 * A keepalived.conf with which a keepalived only listens: the instances as they would be on the wire, each a
 * BACKUP of the lowest priority that nothing can make a MASTER before one Master_Down has passed (3 adverts
 * and the skew, almost 4 intervals), and sends nothing until then (tried with 2.2.7). Version 3 takes the
 * interval of the master over, so that a second does for all.
 */
export function formatScratch(instances: readonly VrrpInstance[]): string {
  return instances
    .flatMap(formatInstance)
    .map((line) => `${line}\n`)
    .join('')
}

function formatInstance(instance: VrrpInstance): readonly string[] {
  const { name, version, family, unicastPeers, virtualIpAddresses } = instance
  const block = (keyword: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`${keyword} {`, ...lines, '}']
  const line = (keyword: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`${keyword} ${value}`]
  const authentication = version === 2 ? instance.authentication : null
  return [
    `vrrp_instance ${name} {`,
    'state BACKUP',
    'priority 1',
    `version ${version}`,
    ...(family === 'ipv6' ? ['native_ipv6'] : []),
    ...line('interface', instance.interface?.value),
    ...line('virtual_router_id', instance.virtualRouterId?.value),
    ...line('advert_int', version === 2 ? (instance.advertInterval ?? 1) : 1),
    ...line('unicast_src_ip', instance.unicastSourceIp?.value),
    ...line('mcast_src_ip', instance.multicastSourceIp?.value),
    ...block(
      'unicast_peer',
      unicastPeers.map(({ value }) => value),
    ),
    ...block('authentication', authentication?.split('\n') ?? []),
    ...block(
      'virtual_ipaddress',
      virtualIpAddresses.map(({ value }) => value),
    ),
    '}',
  ]
}

/** Why an advert is thrown away, or goes by other VIPs, in the words of vrrp.c from 2.2 to 2.4. */
const refusals =
  /^(?:wrong (?:VRRP )?version|received an invalid passwd|received a \d+ auth|received an unexpected ip number count|expected \d+ VIPs but received|ip address associated with VRID|advertisement interval mismatch|missing authentication trailer|invalid authentication HMAC|unknown authentication key)/

/**
 * What a listening keepalived had against the adverts that it heard: the first reason by instance, in its own
 * words.
 * @param log of `--log-console`, a line such as `DATE: (VI_1) received an invalid passwd!`
 */
export function findRefusals(log: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of log.split('\n')) {
    const [, name = '', said = ''] = /: \(([^)]+)\) (.+)$/.exec(line) ?? []
    if (refusals.test(said) && !found.has(name)) found.set(name, said.replace(/[!.]\s*$/, ''))
  }
  return found
}

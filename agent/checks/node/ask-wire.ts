import { familyOf, isSameAddress } from '../../programs/address.ts'
import { parseKeepalivedConfig } from '../../programs/keepalived/config.ts'
import type { VrrpInstance } from '../../programs/keepalived/config.ts'
import { parseDump } from '../../programs/keepalived/dump.ts'
import { findRefusals, formatScratch } from '../../programs/keepalived/scratch.ts'
import { askNeighbour } from '../../system/neighbour.ts'
import type { System } from '../../system/system.ts'
import { keepalivedConfigPath } from '../desired/keepalived-desired.ts'
import type { Finding } from '../finding.ts'
import type { NodeView } from './node-view.ts'
import { configIdOf, wantedKeepalived } from './rules/keepalived-track-folder.ts'
import type { Wanted } from './wanted.ts'

const rule = 'keepalived-wire'

/** Seconds: three adverts at the default interval, and less than Master_Down (see {@link formatScratch}). */
const listeningTime = 3.4
/** Seconds after which it is asked what it has heard: a busy node needs some time to answer. */
const countingTime = 2.4

/**
 * Whether a VRRP instance that is new to this node would get along with those who run it already, asked on the
 * wire before keepalived knows of it: would it throw their adverts away, and are its VIPs in use by a machine
 * that is no peer? Takes 3.4 s, and a second for each VIP that nobody has. Where nothing can be asked
 * (keepalived is not installed, or the node refuses namespaces) there is no answer.
 */
export async function askWire(
  wanted: Wanted,
  node: NodeView,
  system: System,
): Promise<readonly Finding[]> {
  const config = wantedKeepalived(wanted)
  if (config === null || node.addresses === null) return []
  const instances = newInstances(config.text, wanted, node)
  if (instances.length === 0) return []
  const { log, received } = await listen(instances, system)
  const refused = findRefusals(log)
  const found: Finding[] = []
  const report: Report = (line, said, level = 'error') => {
    const message = `${keepalivedConfigPath}:${line} ${said}`
    found.push({ rule, level, place: config.place, message })
  }
  for (const { name, line, virtualRouterId } of instances) {
    const reason = refused.get(name)
    if (reason === undefined) continue
    report(
      line,
      `another node already runs virtual_router_id ${virtualRouterId?.value} of ${name}, and keepalived here would not go by its adverts ("${reason}"): both would be MASTER and hold the VIPs; make version, auth_pass, advert_int and the advertised VIPs those of that node (advertise: all where it advertises all of them), or take another virtual_router_id`,
    )
  }
  for (const instance of instances) {
    const { name } = instance
    // Without a count, whoever answers is taken for one who is heard
    const isHeard = (received?.get(name) ?? 1) > 0
    if (!refused.has(name)) await judgeOwners(instance, isHeard, report, system)
  }
  return found
}

/**
 * Instances that no keepalived of this node knows. One of which a VIP is here already is left out: a keepalived
 * that starts takes its VIPs off the interface, and this one is only to listen.
 */
function newInstances(text: string, wanted: Wanted, node: NodeView): readonly VrrpInstance[] {
  const read = (config: string): readonly VrrpInstance[] =>
    parseKeepalivedConfig(config, configIdOf(wanted)).instances
  const known = read(node.keepalivedNow ?? '')
  const isHere = (address: string): boolean =>
    node.addresses?.all.some((own) => isSameAddress(own.address, address)) ?? false
  return read(text).filter(
    (instance) =>
      !instance.usesVmac &&
      !instance.usesAuthenticationHeader &&
      instance.interface !== null &&
      instance.virtualRouterId !== null &&
      !known.some(
        (old) =>
          old.family === instance.family &&
          (old.name === instance.name ||
            old.virtualRouterId?.value === instance.virtualRouterId?.value),
      ) &&
      !vipsOf(instance).some(isHere),
  )
}

/** What a keepalived that only listened has logged, and counted by instance. */
interface Heard {
  readonly log: string
  /** null: it could not be asked. */
  readonly received: ReadonlyMap<string, number> | null
}

async function listen(instances: readonly VrrpInstance[], system: System): Promise<Heard> {
  // In namespaces, so that nothing of it is left once the time is over, and its dump is nobody else's
  const script = `folder=$(mktemp -d -p /run) && trap 'rm -rf "$folder"' EXIT && cat >"$folder/keepalived.conf" &&
unshare --mount --pid --fork --kill-child=KILL sh -c '
  mount -t tmpfs tmpfs /tmp || exit
  timeout --signal=KILL "$1" keepalived --dont-fork --dont-respawn --log-console --log-detail --no-syslog --vrrp \\
    --use-file="$0/keepalived.conf" --pid=/tmp/parent.pid --vrrp_pid=/tmp/vrrp.pid >&2 &
  sleep "$2" && kill -s "$(keepalived --signum=JSON)" "$(cat /tmp/parent.pid)" && wait
  cat /tmp/keepalived.json' "$folder" ${listeningTime} ${countingTime}`
  const { stdout, stderr } = await system.run(['sh', '-c', script], {
    input: formatScratch(instances),
  })
  const dumped = parseDump(stdout)
  const received = dumped?.map(({ name, stats }) => [name, stats.advertsReceived] as const)
  return { log: stderr, received: received ? new Map(received) : null }
}

type Report = (line: number, message: string, level?: Finding['level']) => void

/** Who answers for a VIP must be a node whose adverts are heard here. */
async function judgeOwners(
  instance: VrrpInstance,
  isHeard: boolean,
  report: Report,
  system: System,
): Promise<void> {
  const device = instance.interface?.value ?? ''
  const owners = new Map<string, string>()
  for (const vip of vipsOf(instance)) {
    const owner = await askNeighbour(vip, device, system)
    if (owner !== null && !isVirtualMac(owner, instance)) owners.set(vip, owner)
  }
  if (owners.size === 0) return
  const peers = new Set<string | null>()
  for (const { value } of instance.unicastPeers) {
    if (familyOf(value) !== null) peers.add(await askNeighbour(value, device, system))
  }
  const { name, line, unicastPeers } = instance
  for (const [vip, owner] of owners) {
    const what = `the VIP ${vip} of ${name} is in use by`
    const isPeer = peers.has(owner)
    if (isPeer && !isHeard) {
      const message = `${what} a peer (hardware address ${owner}) of which no advert was heard in ${listeningTime} s: if no firewall keeps them out until this run has opened it, that node runs another virtual_router_id, or multicast where this one has unicast, and both would hold the VIPs`
      report(line, message, 'warning')
    } else if (unicastPeers.length > 0 ? !isPeer : !isHeard) {
      const who =
        unicastPeers.length > 0
          ? 'that is no peer of this node'
          : 'whose adverts are not heard here'
      const remedy =
        unicastPeers.length > 0
          ? ''
          : ', or, if it is to be a node of this instance, let its adverts in by a commit of its own first (iptables_allow: protocol 112)'
      const message = `${what} a machine ${who} (hardware address ${owner}): two machines would have it; take it off that machine, or name another VIP in keepalived_instances${remedy}`
      report(line, message)
    }
  }
}

/** RFC 5798, 7.3: 00:00:5e:00:01:VRID, with 02 for IPv6. */
function isVirtualMac(mac: string, { family, virtualRouterId }: VrrpInstance): boolean {
  const vrid = (virtualRouterId?.value ?? 0).toString(16).padStart(2, '0')
  return mac === `00:00:5e:00:0${family === 'ipv4' ? 1 : 2}:${vrid}`
}

function vipsOf(instance: VrrpInstance): readonly string[] {
  const { virtualIpAddresses, virtualIpAddressesExcluded } = instance
  return [...virtualIpAddresses, ...virtualIpAddressesExcluded].map(
    ({ value }) => value.split('/')[0] ?? '',
  )
}

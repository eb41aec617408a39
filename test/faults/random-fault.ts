import { balancers } from './pair.ts'
import type { Balancer } from './pair.ts'

/** A fault of test/soak faults. Scripts run in a shell with the functions of pair.ts. */
export interface Breakage {
  readonly name: string
  readonly script: string
  /** What takes its cause away after a while; none: the agent has to. */
  readonly cure?: string
  /** keepalived itself dies, so nothing can move a VIP for some seconds. */
  readonly isKeepalivedGone?: boolean
}

/** One that was chosen. */
export interface ChosenFault {
  readonly node: Balancer
  readonly breakage: Breakage
  /** Milliseconds until its cause goes away. */
  readonly lasts: number
}

const keepalived = `parent=$(systemctl show -p MainPID --value keepalived)
child=$(cat "/proc/$parent/task/$parent/children")`
const agentPid = 'systemctl show -p MainPID --value evenkeel'

/** All kinds; each as likely as the others. */
export const breakages: readonly Breakage[] = [
  { name: 'worker killed', script: 'kill -9 $(worker)' },
  { name: 'master killed', script: 'kill -9 $(master)' },
  { name: 'worker stopped', script: 'kill -STOP $(worker)' },
  {
    name: 'frontends paused',
    script: "ask_haproxy 'disable frontend http-in'; ask_haproxy 'disable frontend stats'",
  },
  { name: 'haproxy stopped by hand', script: 'systemctl stop haproxy' },
  { name: 'haproxy restarted by hand', script: 'systemctl restart haproxy' },
  { name: 'haproxy reloaded by hand', script: 'systemctl reload haproxy' },
  {
    name: 'haproxy.cfg broken',
    script: "echo 'nonsense here' >> /etc/haproxy/haproxy.cfg",
  },
  {
    name: 'haproxy.cfg broken and haproxy killed',
    script: "echo 'nonsense here' >> /etc/haproxy/haproxy.cfg; kill -9 $(worker)",
  },
  { name: 'haproxy.cfg removed', script: 'rm /etc/haproxy/haproxy.cfg' },
  {
    name: 'port taken and haproxy killed',
    script: 'take_port; kill -9 $(worker)',
    cure: 'free_port',
  },
  {
    name: "keepalived's parent killed",
    script: `${keepalived}; kill -9 $parent`,
    isKeepalivedGone: true,
  },
  {
    name: "keepalived's child killed",
    script: `${keepalived}; kill -9 $child`,
    isKeepalivedGone: true,
  },
  {
    name: 'keepalived killed',
    script: `${keepalived}; kill -9 $parent $child`,
    isKeepalivedGone: true,
  },
  {
    name: 'keepalived stopped by hand',
    script: 'systemctl stop keepalived',
    isKeepalivedGone: true,
  },
  { name: 'keepalived.conf edited', script: "echo '# by hand' >> /etc/keepalived/keepalived.conf" },
  { name: 'agent killed', script: `kill -9 $(${agentPid})` },
  { name: 'agent restarted', script: 'systemctl restart evenkeel' },
  {
    name: 'runner killed',
    script: `main=$(${agentPid})
for pid in $(cat "/proc/$main/task/$main/children"); do kill -9 "$pid" || true; done`,
  },
  {
    name: 'VIP removed by hand',
    script: `vip=$(ip -o -4 address show dev host0 | grep -o '[0-9.]*\\.10[12]/24' | head -n 1)
[ -z "$vip" ] || ip address del "$vip" dev host0`,
  },
  { name: 'firewall flushed', script: 'iptables -F' },
  { name: 'kernel setting changed', script: 'sysctl -qw net.ipv4.tcp_fin_timeout=77' },
  {
    name: 'drained',
    script: 'evenkeel drain --reason soak > /dev/null',
    cure: 'evenkeel undrain > /dev/null',
  },
]

/** Three numbers from 0 to below 1 make a fault: where, what, and for how long. */
export function chooseFault([where, what, how]: readonly [number, number, number]): ChosenFault {
  const breakage = breakages[Math.floor(what * breakages.length)] ?? breakages[0]
  const node = balancers[Math.floor(where * balancers.length)] ?? 'lb1'
  if (breakage === undefined) throw new Error('no fault to choose from')
  return { node, breakage, lasts: breakage.cure === undefined ? 0 : Math.round(1000 + how * 7000) }
}

import { join } from 'node:path'
import { createConfigRepo } from '../lab/config-repo.ts'
import type { ConfigRepo } from '../lab/config-repo.ts'
import { bootLab, installNodes, pushRuntime } from '../lab/lab.ts'
import type { Lab } from '../lab/lab.ts'
import { installClient, startTraffic } from '../lab/traffic.ts'
import type { Visit } from '../lab/traffic.ts'
import { openShell } from './node-shell.ts'
import type { NodeShell } from './node-shell.ts'
import { watchVips } from './watch-vips.ts'
import type { VipWatch } from './watch-vips.ts'

/** The load balancers of a lab; the first is the home of VIP1, the other of VIP2. */
export const balancers = ['lb1', 'lb2'] as const
export type Balancer = (typeof balancers)[number]

/** Two load balancers with the sample inventory, a real server behind them, and what is watched of them. */
export interface Pair {
  readonly lab: Lab
  readonly repo: ConfigRepo
  /** VIPs by the node that is their home. */
  readonly vips: Readonly<Record<Balancer, string>>
  /** Of the nodes that run. */
  readonly shells: ReadonlyMap<string, NodeShell>
  readonly watch: VipWatch
  /** A request every 5 ms to each VIP, by its home. @param timeout milliseconds for an answer */
  visit(timeout: number): Readonly<Record<Balancer, Visit>>
  shell(node: string): NodeShell
  /** Cuts a node's power. */
  cutPower(node: Balancer): Promise<void>
  powerOn(node: Balancer): Promise<void>
}

/** Functions for the scripts of faults. */
const prelude = String.raw`
master() { systemctl show -p MainPID --value haproxy; }
worker() { set -- $(cat "/proc/$(master)/task/$(master)/children"); shift $(($# - 1)); echo "$1"; }
# 5 s: on a busy machine one that serves may need more than 1
ask_haproxy() { echo "$1" | timeout 5 socat -t5 - UNIX-CONNECT:/run/haproxy/admin.sock; }
# Prints when the fault happens: milliseconds since the epoch
at() { echo "at $(date +%s%3N)"; }
# What the agent keeps as the config repo says
snapshot() {
  md5sum /etc/haproxy/haproxy.cfg /etc/keepalived/keepalived.conf
  iptables -S
  sysctl net.ipv4.tcp_fin_timeout
}
take_port() {
  systemctl is-active --quiet taker ||
    systemd-run --quiet --unit=taker --collect /opt/evenkeel/bin/node /root/take-port.mjs 80
  sleep 0.7
}
free_port() { systemctl stop taker 2>/dev/null || true; }
break_config() { cp -p /etc/haproxy/haproxy.cfg /root/haproxy.cfg.whole; echo 'nonsense here' >>/etc/haproxy/haproxy.cfg; }
mend_config() { cp -p /root/haproxy.cfg.whole /etc/haproxy/haproxy.cfg; }
`

/** Boots, installs and converges. Nothing of the agent runs on its own afterwards. */
export async function bootPair(): Promise<Pair> {
  const lab = bootLab('--nodes', 'lb1,lb2,web1,git')
  const repo = createConfigRepo(lab)
  repo.push('The sample')
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, '../lab/web-server.mjs'), '/root/web-server.mjs')
  lab.sh('web1', 'systemd-run --unit=web /root/node /root/web-server.mjs web1 80')
  // Both servers of the sample, as one node: a haproxy that starts takes one that is missing for up at first
  lab.sh('web1', `ip address add ${lab.address('web2')}/24 dev host0`)
  installClient(lab, 'git')
  await installNodes(lab, balancers, repo.url)
  const runs = balancers.map((node) => lab.start(node, 'evenkeel converge 2>&1; echo "ended $?"'))
  for (const run of runs) {
    const said = await run.stop()
    if (!/^ended 0$/m.test(said)) throw new Error(said)
  }
  for (const node of balancers) {
    lab.push(node, join(import.meta.dirname, 'take-port.mjs'), '/root/take-port.mjs')
  }

  const shells = new Map<string, NodeShell>()
  const open = (node: string): void => void shells.set(node, openShell(lab, node, prelude))
  for (const node of balancers) open(node)
  const vips = { lb1: lab.address('vip1'), lb2: lab.address('vip2') }
  const watch = watchVips(lab, Object.values(vips), shells)
  const shell = (node: string): NodeShell => {
    const found = shells.get(node)
    if (found === undefined) throw new Error(`${node} is not running`)
    return found
  }
  return {
    lab,
    repo,
    vips,
    shells,
    watch,
    shell,
    visit(timeout) {
      const start = (home: Balancer): Visit => {
        const url = `http://${vips[home]}/`
        return startTraffic(lab, 'git', { url, sites: ['www.example.com'], interval: 5, timeout })
      }
      return { lb1: start('lb1'), lb2: start('lb2') }
    },
    async cutPower(node) {
      await shell(node).close()
      shells.delete(node)
      lab.command('stop', node, '--kill')
    },
    async powerOn(node) {
      lab.command('start', node)
      open(node)
      watch.follow(node)
    },
  }
}

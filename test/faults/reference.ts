import { balancers } from './pair.ts'
import type { Balancer, Pair } from './pair.ts'
import type { Subject } from './subject.ts'

/**
 * The check that Evenkeel replaces, written anew from its description: it counts processes; if there is none
 * it starts haproxy, waits 3 s, counts again, and stops keepalived when there is still none.
 */
const checkScript = String.raw`#!/bin/sh
count() { ps -C haproxy --no-headers | wc -l; }
if [ "$(count)" -eq 0 ]; then
  systemctl start haproxy
  sleep 3
  if [ "$(count)" -eq 0 ]; then
    systemctl stop keepalived
  fi
fi
`

/** VI_2 tracks nothing there, and VRRP is multicast. Its mails are left out: the lab has no mail server. */
function keepalivedConfig(pair: Pair, node: Balancer): string {
  const instance = (name: string, id: number, home: Balancer, tracks: string): string => `
vrrp_instance ${name} {
  state ${home === node ? 'MASTER' : 'BACKUP'}
  interface host0
  virtual_router_id ${id}
  priority ${home === node ? 100 : 99}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  ${tracks}
  virtual_ipaddress {
    ${pair.vips[home]}
  }
}
`
  return `global_defs {
  router_id LVS_DEVEL
}
vrrp_script chk_haproxy {
  script "/root/check_haproxy.sh"
  interval 2
  weight 2
}
${instance('VI_1', 51, 'lb1', 'track_script {\n    chk_haproxy\n  }')}
${instance('VI_2', 52, 'lb2', '')}`
}

const dropIns = '/run/systemd/system'

/**
 * @param isRestarted whether systemd starts a dead haproxy again, as Debian's unit has it. The reference's own
 * machine had an init script, and nothing but the check.
 */
export function createReference(isRestarted: boolean): Subject {
  const each = async (pair: Pair, script: (node: Balancer) => string): Promise<void> => {
    await Promise.all(balancers.map((node) => pair.shell(node).run(script(node))))
  }
  return {
    name: isRestarted ? 'reference, Restart=always' : 'reference',
    async install(pair) {
      await each(pair, (node) => {
        const haproxy = isRestarted ? '' : '[Service]\\nRestart=no\\n'
        return `cat > /root/check_haproxy.sh <<'END'
${checkScript}END
chmod 755 /root/check_haproxy.sh
cp -p /etc/keepalived/keepalived.conf /root/keepalived.conf.ours
cat > /etc/keepalived/keepalived.conf <<'END'
${keepalivedConfig(pair, node)}END
mkdir -p ${dropIns}/haproxy.service.d ${dropIns}/keepalived.service.d
printf '${haproxy}' > ${dropIns}/haproxy.service.d/zz-reference.conf
printf '[Service]\\nRestart=no\\n' > ${dropIns}/keepalived.service.d/zz-reference.conf
systemctl daemon-reload
for chain in INPUT OUTPUT; do iptables -I $chain 1 -p vrrp -j ACCEPT; done
systemctl restart haproxy keepalived`
      })
    },
    async remove(pair) {
      await each(
        pair,
        () => `rm -f ${dropIns}/haproxy.service.d/zz-reference.conf
rm -f ${dropIns}/keepalived.service.d/zz-reference.conf /root/check_haproxy.sh
systemctl daemon-reload
# A converge would see two masters on the way, and go back
for chain in INPUT OUTPUT; do iptables -D $chain -p vrrp -j ACCEPT; done
cp -p /root/keepalived.conf.ours /etc/keepalived/keepalived.conf
systemctl restart haproxy keepalived`,
      )
    },
    async repair(pair, node) {
      await pair.shell(node).run(`systemctl reset-failed haproxy keepalived || true
systemctl restart haproxy
systemctl is-active --quiet keepalived || systemctl start keepalived`)
    },
    wellScript: '',
    sayScript: '',
  }
}

import { balancers } from './pair.ts'
import type { Subject } from './subject.ts'

/** The agent of this project: its daemon, with the watch in it. */
export const ours: Subject = {
  name: 'ours',
  async install(pair, options) {
    await Promise.all(
      balancers.map((node) =>
        pair.shell(node).run(`sed -i '/^watch\\|^schedule/d' /etc/evenkeel/agent.yml
${options.map((line) => `echo '${line}' >> /etc/evenkeel/agent.yml`).join('\n')}
systemctl restart evenkeel`),
      ),
    )
  },
  async remove(pair) {
    await Promise.all(balancers.map((node) => pair.shell(node).run('systemctl stop evenkeel')))
  },
  async repair(pair, node) {
    await pair.shell(node).run(`systemctl reset-failed haproxy keepalived || true
systemctl restart haproxy
systemctl is-active --quiet keepalived || systemctl start keepalived
rm -rf /run/systemd/system/evenkeel.service.d; systemctl daemon-reload
systemctl restart evenkeel`)
  },
  wellScript: `systemctl is-active --quiet evenkeel || echo 'the agent does not run'
for file in fault drain; do
  read -r value _ < /run/evenkeel-vrrp/$file
  [ "$value" = 0 ] || echo "$file is $value"
done
beat=0; [ ! -e /run/evenkeel-vrrp/heartbeat ] || read -r beat _ < /run/evenkeel-vrrp/heartbeat; read -r now _ < /proc/uptime
[ $((\${now%.*} - \${beat%.*})) -le 3 ] || echo 'no heartbeat'`,
  sayScript: 'evenkeel status | head -n 12',
}

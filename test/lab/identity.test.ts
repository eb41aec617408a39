/** Who holds a VIP, and who must not: a machine that takes another's name, a pair that is split, a pair of others. */
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, evenkeel, installNodes, programFolder, pushProgram } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--topology', 'master-master', '--nodes', 'lb1,lb2,rogue,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('who holds a VIP')
const pair = ['lb1', 'lb2'] as const
const [vip1, vip2] = [lab.address('vip1'), lab.address('vip2')]
const vips = 'inventory/group_vars/master_master.yml'

const addresses = (node: string): string => lab.sh(node, 'ip -br address')
const holds = (node: string, vip: string): boolean => addresses(node).includes(` ${vip}/`)

const status = (node: string): string => lab.sh(node, 'evenkeel status')
/** The address that a connection to the other node leaves from. */
const sourceOf = (node: string): string =>
  /\bsrc (\S+)/.exec(lab.sh(node, `ip route get ${lab.address('git')}`))?.[1] ?? ''
/** What `networkctl reconfigure` (also a netplan, or a renewed lease) does to the interface. */
async function reconfigure(node: string): Promise<void> {
  lab.sh(node, 'networkctl reconfigure host0')
  await eventually('the node has its address again', () => holds(node, lab.address(node)), 20)
}

/** What that comes to where the node's own address is back after the VIP, which is up to who is faster. */
function bringAddressBack(node: string): void {
  lab.sh(
    node,
    `route=$(ip route show default); own=${lab.address(node)}/24
     sysctl -q -w net.ipv4.conf.host0.promote_secondaries=1
     ip address del $own dev host0 && ip address add $own brd + dev host0 && ip route replace $route`,
  )
}

const isHome = (): boolean => holds('lb1', vip1) && holds('lb2', vip2)

before(async () => {
  repo.push('The sample')
  await installNodes(lab, pair, repo.url)
})
after(() => lab.down())

step('the pair converges and watches', async () => {
  for (const node of pair) {
    const { exitCode, message } = evenkeel(lab, node, 'converge')
    assert.is(exitCode, 0, message)
  }
  for (const node of pair) {
    lab.sh(
      node,
      `echo 'schedule: "0 0 1 1 *"' >> /etc/evenkeel/agent.yml; systemctl start evenkeel`,
    )
  }
  await eventually('each VIP is at home', isHome, 30)
})

step(
  'an interface that is configured anew leaves the source of connections as it was',
  async () => {
    await reconfigure('lb1')
    assert.ok(holds('lb1', vip1))
    assert.is(sourceOf('lb1'), lab.address('lb1'))
    assert.match(
      lab.sh('lb1', 'evenkeel facts'),
      new RegExp(`"address": "${lab.address('lb1').replaceAll('.', '\\.')}"`),
    )
  },
)

check(
  'a VIP with the length of its network is warned of, and reported once it is primary',
  async () => {
    repo.replace(vips, `${vip1}/32`, `${vip1}/24`)
    repo.push('VIP1 has the length of the network')
    const converged = lab.exec('lb1', 'evenkeel', 'converge')
    assert.is(converged.code, 0, converged.stdout)
    assert.match(
      converged.stdout,
      /warning: .*VIP \S+\/24 of VI_1 is in one network with .*\[vip-prefix-length\]/,
    )
    await eventually('VIP1 has it', () => addresses('lb1').includes(`${vip1}/24`), 20)
    bringAddressBack('lb1')
    assert.is(sourceOf('lb1'), vip1, 'VIP1 is primary, as in real life')
    await eventually(
      'status says so',
      () => /the VIP \S+ comes before \S+, this node's own address, on host0/.test(status('lb1')),
      5,
    )
    const facts = JSON.parse(lab.sh('lb1', 'evenkeel facts')) as {
      readonly default_ipv4: { readonly address: string }
    }
    assert.is(facts.default_ipv4.address, lab.address('lb1'))

    repo.replace(vips, `${vip1}/24`, `${vip1}/32`)
    repo.push('VIP1 is one address')
    const back = lab.exec('lb1', 'evenkeel', 'converge')
    assert.is(back.code, 0, back.stdout)
    await eventually('VIP1 is one address', () => addresses('lb1').includes(`${vip1}/32`), 20)
    assert.is(sourceOf('lb1'), lab.address('lb1'))
  },
)

check('both nodes report that they are split, and that they are not any more', async () => {
  await eventually('each VIP is at home', isHome, 30)
  const block = `iptables -I INPUT -p 112 -s ${lab.address('lb1')} -j DROP`
  lab.sh('lb2', block)
  const isSplit = (): boolean => holds('lb1', vip1) && holds('lb2', vip1)
  await eventually('both have VIP1', isSplit, 20)
  const isReported = (): boolean =>
    pair.every((node) => status(node).includes(`${vip1} is here and on`))
  await eventually('both report it', isReported, 10)
  lab.sh('lb2', block.replace('-I', '-D'))
  await eventually('lb2 gives VIP1 up', () => !holds('lb2', vip1), 10)
  await eventually(
    'nobody reports it',
    () => !pair.some((node) => status(node).includes('is here and on')),
    10,
  )
})

check('another machine that is installed as lb1 configures no keepalived', async () => {
  pushProgram(lab, 'rogue')
  const install = `${programFolder}/install.sh --repo ${repo.url} --node lb1 --no-start`
  const said = await lab.start('rogue', `${install} 2>&1 || echo "ended with $?"`).stop()
  assert.not.match(said, /^ended with/m)
  const { code, stdout } = lab.exec('rogue', 'evenkeel', 'converge')
  assert.is(code, 4, stdout)
  assert.match(stdout, /this node has no address of lb1 .*address: any.*\[keepalived-address\]/)
  assert.is(lab.exec('rogue', 'systemctl', 'is-active', 'keepalived').stdout.trim(), 'inactive')
  assert.is(lab.exec('rogue', 'test', '-e', '/etc/keepalived/keepalived.conf').code, 1)
  assert.ok(isHome())
})

/** The pair of somebody else: two advertised VIPs, by multicast, version 2. */
const stranger = (first: string, second: string): string => `vrrp_instance VI_OLD {
  state MASTER
  interface host0
  virtual_router_id 61
  priority 200
  version 2
  virtual_ipaddress {
    ${first}
    ${second}
  }
}`

check(
  'an instance that others run already, with other VIPs in its adverts, is not joined',
  async () => {
    const [first, second] = [161, 162].map((last) => vip1.replace(/\d+$/, String(last)))
    lab.sh(
      'rogue',
      `cat > /etc/keepalived/keepalived.conf <<'CONF'\n${stranger(first ?? '', second ?? '')}\nCONF\nsystemctl start keepalived`,
    )
    await eventually('the other node is master', () => holds('rogue', second ?? ''), 20)
    const instance = (advertise: string): string => `
  - name: VI_OLD
    virtual_router_id: 61
    hosts: [lb1, lb2]
    version: 2
    unicast: no
    ${advertise}
    virtual_ipaddress: [${first}/32, ${second}/32]
`
    const plain = repo.read(vips)
    const withInstance = (advertise: string): string =>
      plain.replace(/(virtual_ipaddress:\n +- \S+\/32\n)(?=#|$)/, `$1${instance(advertise)}`)
    const refuse = (commit: string, reason: RegExp): void => {
      const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
      assert.is(code, 4, stdout)
      assert.match(stdout, reason, stdout)
      assert.not.match(status('lb1'), new RegExp(`applied +${commit.slice(0, 8)}`))
      assert.ok(isHome())
      assert.not.ok(holds('lb1', first ?? ''))
    }
    repo.write(vips, withInstance('advertise: first'))
    refuse(
      repo.push('Join the old pair'),
      /the VIP \S+ of VI_OLD is in use by a machine whose adverts are not heard here .*\[keepalived-wire\]/,
    )
    repo.write(vips, plain)
    repo.replace(
      'inventory/group_vars/loadbalancers.yml',
      'iptables_allow: []',
      `iptables_allow: [{protocol: 112, from: [${lab.address('rogue')}]}]`,
    )
    repo.push('The adverts of the old pair are heard')
    const heard = lab.exec('lb1', 'evenkeel', 'converge')
    assert.is(heard.code, 0, heard.stdout)
    repo.write(vips, withInstance('advertise: first'))
    refuse(
      repo.push('Join the old pair'),
      /another node already runs virtual_router_id 61 of VI_OLD.*\[keepalived-wire\]/,
    )

    repo.write(vips, withInstance('advertise: all'))
    repo.push('Join the old pair as it is')
    const joined = lab.exec('lb1', 'evenkeel', 'converge')
    assert.is(joined.code, 0, joined.stdout)
    const holders = (['lb1', 'rogue'] as const).filter((node) => holds(node, first ?? ''))
    assert.is(holders.length, 1, `on ${holders.join(' and ')}`)
  },
)

run()

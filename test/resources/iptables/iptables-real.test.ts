import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelChains } from '../../../agent/programs/netfilter/kernel-chains.ts'
import { iptables } from '../../../agent/resources/iptables/iptables.ts'
import { restore } from '../../../agent/resources/iptables/restore.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { CommitError, LocalError } from '../../../agent/system/errors.ts'
import type { System } from '../../../agent/system/system.ts'
import { enterNamespace } from '../namespace.ts'

enterNamespace(import.meta.url)

const place = { file: 'roles/iptables/tasks/main.yml', line: 3, key: 'iptables' }
const save = '/run/firewall'
const cache = '/var/lib/evenkeel/cache/iptables'
const ran: string[] = []
const real = createSystem()
const system: System = {
  ...real,
  run: (argv, options) => {
    ran.push(argv[0] ?? '')
    return real.run(argv, options)
  },
}

/** As people write rules: the kernel prints each of them in other words. */
const rules = [
  '-i lo -j ACCEPT',
  '-m state --state ESTABLISHED,RELATED -j ACCEPT',
  '-p 112 -s 192.0.2.2 -j ACCEPT',
  '-j ACCEPT -p tcp --dport https',
  {
    rule: '-s 198.51.100.77/24,203.0.113.9 -p tcp --dport 22 --syn -j ACCEPT',
    comment: 'the "office"',
  },
  '-s 2001:db8::1/32 -p tcp --dport 22 -j ACCEPT',
  '-p icmp --icmp-type echo-request -j ACCEPT',
  '-p icmpv6 -j ACCEPT',
  '-p tcp -m multiport --dports 8080,8081 -m limit --limit 5/min -j LOG --log-prefix "web  try: "',
  '-j REJECT',
]
const raw = { chain: 'EVENKEEL-IN', rules, default: 'drop', save }
const mark = '-m comment --comment evenkeel'

test.before(() => {
  for (const folder of ['/run', '/var/lib', '/usr/local/sbin']) {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  }
})

for (const backend of ['nft', 'legacy']) {
  const scenario = (name: string, play: () => Promise<void>): void => {
    test(`${backend}: ${name}`, async () => {
      chooseBackend(backend)
      clear()
      await play()
    })
  }

  scenario('a new chain is filled, jumped to and saved for both families', async () => {
    assert.equal(await converge(raw), [
      'rules (ipv4)',
      'jump (ipv4)',
      'saved rules (ipv4)',
      'rules (ipv6)',
      'jump (ipv6)',
      'saved rules (ipv6)',
    ])
    assert.equal(await drift(raw), [])
    const v4 = chain('EVENKEEL-IN')
    assert.equal(v4.slice(0, 4), [
      '-i lo -j ACCEPT',
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-s 192.0.2.2/32 -p vrrp -j ACCEPT',
      '-p tcp -m tcp --dport 443 -j ACCEPT',
    ])
    assert.is(v4.at(-1), '-j DROP')
    assert.is(v4.length, 10, 'ten: two of a list of sources, none of the two for IPv6')
    assert.is(chain('EVENKEEL-IN', 'ip6tables').length, 8)
  })

  scenario('a node in sync costs one iptables-save for each family', async () => {
    await converge(raw)
    ran.length = 0
    assert.equal(await drift(raw), [])
    assert.equal(ran.sort(), ['ip6tables-save', 'iptables-save'])
  })

  scenario('a cache that is broken or can not be written is no error', async () => {
    await converge(raw)
    for (const text of [
      '[{"key":1},nonsense',
      '{"key":""}',
      '[null, {"key":"a","rules":[1]}]',
      '',
    ]) {
      writeFileSync(`${cache}/ipv4-filter-EVENKEEL-IN.json`, text)
      assert.equal(await drift(raw), [], text)
    }
    rmSync(cache, { recursive: true })
    writeFileSync(cache, 'in the way')
    assert.equal(await drift(raw), [])
  })

  scenario('the cache is not believed for other rules', async () => {
    await converge(raw)
    const less = { ...raw, rules: rules.slice(1) }
    assert.equal(await drift(less), [
      'rules (ipv4)',
      'saved rules (ipv4)',
      'rules (ipv6)',
      'saved rules (ipv6)',
    ])
    await converge(less)
    assert.equal(await drift(less), [])
    assert.ok((await drift(raw)).length > 0)
  })

  for (const [what, command] of [
    ['added', '-A EVENKEEL-IN -j ACCEPT'],
    ['removed', '-D EVENKEEL-IN 3'],
    ['moved', '-D EVENKEEL-IN 1;-I EVENKEEL-IN 2 -i lo -j ACCEPT'],
  ]) {
    scenario(`a rule that someone ${what} is drift and is repaired`, async () => {
      await converge(raw)
      for (const one of command?.split(';') ?? []) shell(`iptables ${one}`)
      assert.equal(await drift(raw), ['rules (ipv4)'])
      await converge(raw)
      assert.equal(await drift(raw), [])
    })
  }

  scenario('chains, rules and policies of others stay', async () => {
    shell(`iptables -P FORWARD DROP; iptables -N f2b; iptables -A f2b -s 192.0.2.66 -j REJECT
      iptables -A INPUT -p tcp --dport 22 -j f2b; iptables -A INPUT -p udp -j ACCEPT
      iptables -N DOCKER; iptables -A FORWARD -o docker0 -j DOCKER; iptables -t nat -N DOCKER`)
    const before = foreign()
    await converge(raw)
    assert.equal(foreign(), before)
    assert.equal(chain('INPUT'), [
      '-p tcp -m tcp --dport 22 -j f2b',
      `${mark} -j EVENKEEL-IN`,
      '-p udp -j ACCEPT',
    ])
    shell('iptables -D INPUT 2; iptables -F EVENKEEL-IN')
    await converge(raw)
    assert.equal(foreign(), before)
  })

  for (const [what, command, reason] of [
    ['missing', 'iptables -D INPUT 1', /does not lead to/],
    ['there twice', `iptables -A INPUT ${mark} -j EVENKEEL-IN`, /2 times/],
    ['bound to a condition', 'iptables -R INPUT 1 -p tcp -j EVENKEEL-IN', /-p tcp -j EVENKEEL-IN/],
    ['behind a rule that accepts', 'iptables -I INPUT 1 -p udp -j ACCEPT', /comes first/],
    ['behind a goto', 'iptables -N X; iptables -I INPUT 1 -g X', /comes first/],
    [
      'before a jump of others',
      'iptables -N X; iptables -A X -s 203.0.113.66 -j DROP; iptables -A INPUT -p tcp -j X',
      /comes behind/,
    ],
    [
      'behind a chain that ends in a drop',
      'iptables -N X; iptables -A X -j LOG; iptables -A X -j DROP; iptables -I INPUT 1 -j X',
      /"-j X" comes first/,
    ],
    [
      'behind a chain that goes to one that ends in a drop',
      'iptables -N X; iptables -A X -j DROP; iptables -N Y; iptables -A Y -p udp -j RETURN; iptables -N Z; iptables -A Z -j Y; iptables -A Z -g X; iptables -I INPUT 1 -p tcp -j Z',
      /"-p tcp -j Z" comes first/,
    ],
  ] as const) {
    scenario(`a jump that is ${what} is put right`, async () => {
      await converge(raw)
      shell(command)
      const before = foreign()
      const [change, ...more] = await changes(raw)
      assert.is(change?.field, 'jump (ipv4)')
      assert.match(change?.note ?? '', reason)
      assert.equal(more, [])
      await converge(raw)
      assert.equal(await drift(raw), [])
      assert.equal(foreign(), before)
    })
  }

  scenario('others may put their jumps in front of ours', async () => {
    await converge(raw)
    shell('iptables -N f2b; iptables -I INPUT 1 -p tcp -j f2b; iptables -I INPUT 1 -j LOG')
    assert.equal(await drift(raw), [])
  })

  scenario('a chain of others that ends in a drop stays behind ours', async () => {
    await converge(raw)
    shell(`iptables -N LOGGING; iptables -A INPUT -j LOGGING
      iptables -A LOGGING -m limit --limit 2/min -j LOG --log-prefix "IPTables-Dropped: "
      iptables -A LOGGING -j DROP`)
    assert.equal(await drift(raw), [])
  })

  scenario('a chain of others that would drop what ours accepts stays behind it', async () => {
    await converge(raw)
    shell(
      `iptables -N X; iptables -A X -p tcp --dport 443 -j REJECT; iptables -A INPUT -i eth0 -j X`,
    )
    assert.equal(await drift(raw), [])
    const spec = iptables.parse(raw, place)
    const [note = ''] = iptables.notes?.(spec, await iptables.observe(spec, system)) ?? []
    assert.match(note, /^"-i eth0 -j X" stays behind our rules: .* \(by "-p tcp .*-j REJECT/)
  })

  for (const policy of ['deny', 'reject']) {
    scenario(`beside ufw's chains (default ${policy}), also after a boot`, async () => {
      const samples = join(import.meta.dirname, '../../programs/netfilter/samples')
      shell(`iptables-restore <${samples}/ufw-${policy}.txt`)
      await converge(raw)
      const order = chain('INPUT')
      assert.is(order.indexOf(`${mark} -j EVENKEEL-IN`), 3)
      assert.equal(await drift(raw), [])
      shell(`iptables -D INPUT 4; iptables -I INPUT 1 ${mark} -j EVENKEEL-IN`)
      assert.equal(await drift(raw), ['jump (ipv4)'])
      await converge(raw)
      assert.equal(chain('INPUT'), order)
    })
  }

  scenario('two chains of ours with one parent do not fight over their place', async () => {
    const second = { ...raw, chain: 'EVENKEEL-WEB', rules: ['-p tcp --dport 80 -j ACCEPT'] }
    await converge(raw)
    await converge(second)
    assert.equal(await drift(raw), [])
    assert.equal(await drift(second), [])
  })

  scenario('another table and parent', async () => {
    const nat = { chain: 'EVENKEEL-NAT', table: 'nat', parent: 'POSTROUTING', save, family: 'ipv4' }
    const spec = { ...nat, rules: ['-s 10.0.0.0/8 -j MASQUERADE'] }
    await converge(spec)
    assert.equal(await drift(spec), [])
    assert.match(readFileSync(`${save}/EVENKEEL-NAT.nat.v4`, 'utf8'), /^\*nat$/m)
  })

  scenario('a boot loads the saved files, and nothing is left to do', async () => {
    await converge(raw)
    for (const tool of ['iptables', 'ip6tables']) {
      shell(`${tool} -F; ${tool} -X`)
      const file = `${save}/EVENKEEL-IN.${tool === 'iptables' ? 'v4' : 'v6'}`
      const load = `${tool}-restore -w 5 --noflush <${file}
        sed -n 's/^#jump //p' ${file} | while read -r table parent rule; do
          ${tool} -w 5 -t $table -C $parent $rule 2>/dev/null ||
            ${tool} -w 5 -t $table -I $parent $rule
        done`
      shell(load)
      shell(load)
    }
    assert.equal(await drift(raw), [])
  })

  scenario('a rule may lead to a chain of others that is there', async () => {
    shell('iptables -N OFFICE; iptables -A OFFICE -j ACCEPT')
    const spec = { ...raw, family: 'ipv4', rules: ['-s 192.0.2.1 -j OFFICE'] }
    assert.equal(await refusals(spec), [])
    await converge(spec)
    assert.equal(await drift(spec), [])
    assert.equal(chain('OFFICE'), ['-j ACCEPT'])
  })

  for (const [rule, message] of [
    ['-p tcp --dport http80 -j ACCEPT', /invalid port\/service `http80' specified$/],
    ['-p tcp --dprot 80 -j ACCEPT', /unknown option "--dprot"$/],
    ['-j ACEPT', /ACEPT/],
    ['-m nonsense -j DROP', /Couldn't load match `nonsense':No such file or directory$/],
    ['-p tcp -j REJECT --reject-with tcp-reset --syn -p udp', /./],
    ['-j REJECT --reject-with tcp-reset', /the kernel refuses it/],
    ['-j SNAT --to-source 192.0.2.1', /the kernel refuses it/],
    ['-j EVENKEEL-IN', /the kernel refuses it/],
  ] as const) {
    scenario(`refuses ${rule}`, async () => {
      const [problem, ...more] = await refusals({
        ...raw,
        family: 'ipv4',
        rules: ['-i lo', rule, '-j DROP'],
      })
      assert.equal(more, [])
      assert.match(problem ?? '', /^roles.*:3 iptables\.rules\[1\]: /)
      assert.match(problem ?? '', message)
    })
  }

  scenario('every bad rule is named at once, with its family', async () => {
    const bad = { rule: '-p icmpv6 --icmpv6-type nonsense -j ACCEPT' }
    const found = await refusals({ ...raw, rules: ['-j NOWHERE', '-i lo -j ACCEPT', bad] })
    assert.is(found.length, 3)
    assert.match(found[0] ?? '', /rules\[0\]: .*\(ipv4\)$/)
    assert.match(found[1] ?? '', /rules\[0\]: .*\(ipv6\)$/)
    assert.match(found[2] ?? '', /rules\[2\]\.rule: .*\(ipv6\)$/)
  })

  scenario('the final drop has a place of its own', async () => {
    const spec = { ...raw, table: 'nat', parent: 'PREROUTING', family: 'ipv4', rules: [] }
    assert.match((await refusals(spec))[0] ?? '', /iptables\.default: The "nat" table is not/)
  })

  scenario('rules that the kernel refuses leave the firewall as it was', async () => {
    await converge(raw)
    const before = shell('iptables-save -t filter | grep -v "^[#:]"')
    const error = await converge({ ...raw, rules: ['-j ACCEPT', '-j NOWHERE'] }).catch(
      (thrown: unknown) => thrown,
    )
    assert.instance(error, LocalError)
    assert.is(shell('iptables-save -t filter | grep -v "^[#:]"'), before)
    assert.equal(await drift(raw), [], 'nor is the file for the next boot another')
  })

  scenario('a transaction that fails half way changes nothing and says why', async () => {
    await converge(raw)
    const before = foreign()
    const lines = ['*filter', '-A INPUT -p udp -j ACCEPT', '-D INPUT -p sctp -j DROP', 'COMMIT']
    const error = await restore('ipv4', lines, system).catch((thrown: unknown) => thrown)
    assert.instance(error, LocalError)
    assert.match(String(error), /iptables-restore failed, the firewall is as it was: \S/)
    assert.equal(foreign(), before)
  })

  scenario('removal takes the chain, all jumps to it and the file', async () => {
    shell('iptables -A INPUT -p udp -j ACCEPT')
    const before = foreign()
    const spec = iptables.parse(raw, place)
    await converge(raw)
    shell('iptables -A FORWARD -i eth9 -j EVENKEEL-IN')
    const owned = iptables.ownership?.owned(spec, await iptables.observe(spec, system)) ?? []
    assert.equal(
      owned.map(({ name }) => name),
      iptables.ownership?.claims(spec),
    )
    assert.is(owned.length, 4)
    for (const each of owned.toReversed()) {
      assert.is.not((await iptables.ownership?.removal(each, system))?.length, 0)
      await iptables.ownership?.remove(each, system)
      assert.equal(await iptables.ownership?.removal(each, system), [])
    }
    assert.equal(foreign(), before)
    assert.not.match(shell('iptables-save; ip6tables-save'), /EVENKEEL/)
    assert.equal(readdir(save), '')
  })

  scenario('the canonical rules are those that run', async () => {
    await converge(raw)
    const { families } = await iptables.observe(iptables.parse(raw, place), system)
    assert.equal(
      families.map(({ canonical }) => canonical),
      [chain('EVENKEEL-IN'), chain('EVENKEEL-IN', 'ip6tables')],
    )
    const bad = iptables.parse({ ...raw, rules: ['-j NOWHERE'], default: 'return' }, place)
    const refused = await iptables.observe(bad, system)
    assert.is(refused.families[0]?.canonical, null)
    assert.is(iptables.diff(bad, refused)[0]?.after, '-j NOWHERE\n')
  })
}

test('tables of iptables-legacy beside nft are told of', async () => {
  chooseBackend('legacy')
  clear()
  shell('iptables -A INPUT -j ACCEPT')
  chooseBackend('nft')
  const spec = iptables.parse({ ...raw, family: 'ipv4', rules: [] }, place)
  assert.equal(iptables.notes?.(spec, await iptables.observe(spec, system)), [
    'rules of iptables-legacy (ipv4) filter as well, and are not shown here',
  ])
})

test.run()

/** PATH begins with /usr/local/sbin, an empty folder of this namespace. */
function chooseBackend(name: string): void {
  for (const family of ['iptables', 'ip6tables']) {
    for (const action of ['', '-save', '-restore']) {
      const link = `/usr/local/sbin/${family}${action}`
      rmSync(link, { force: true })
      symlinkSync(`/usr/sbin/${family}-${name}${action}`, link)
    }
  }
}

function clear(): void {
  rmSync(cache, { recursive: true, force: true })
  rmSync(save, { recursive: true, force: true })
  mkdirSync(save)
  const lines = Object.entries(kernelChains)
    .filter(([table]) => table === 'filter' || table === 'nat')
    .flatMap(([table, names]) => [`*${table}`, ...names.map((name) => `:${name} ACCEPT`), 'COMMIT'])
  const input = `${lines.join('\n')}\n`
  for (const tool of ['iptables', 'ip6tables']) {
    execFileSync(`/usr/local/sbin/${tool}-restore`, { input })
  }
}

function shell(script: string): string {
  const env = { PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' }
  return execFileSync('sh', ['-ec', script], { env, encoding: 'utf8' })
}

function readdir(folder: string): string {
  return shell(`ls ${folder}`)
}

/** Rules of a chain as they run. */
function chain(name: string, tool = 'iptables'): readonly string[] {
  const start = `-A ${name} `
  const lines = shell(`${tool}-save -t filter`).split('\n')
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length))
}

/** All that is not ours. */
function foreign(): readonly string[] {
  const lines = shell('iptables-save; ip6tables-save').split('\n')
  return lines
    .filter((line) => !line.startsWith('#') && !line.includes('EVENKEEL-IN'))
    .map((line) => line.replace(/\[.*\]/, ''))
}

async function changes(spec: Record<string, unknown>) {
  const parsed = iptables.parse(spec, place)
  return iptables.diff(parsed, await iptables.observe(parsed, system))
}

async function drift(spec: Record<string, unknown>): Promise<readonly string[]> {
  return (await changes(spec)).map(({ field }) => field)
}

async function converge(spec: Record<string, unknown>): Promise<readonly string[]> {
  const parsed = iptables.parse(spec, place)
  const state = await iptables.observe(parsed, system)
  const found = iptables.diff(parsed, state)
  await iptables.apply(parsed, found, state, system)
  return found.map(({ field }) => field)
}

async function refusals(spec: Record<string, unknown>): Promise<readonly string[]> {
  try {
    await iptables.check?.(iptables.parse(spec, place), place, system)
    return []
  } catch (error) {
    if (!(error instanceof CommitError)) throw error
    return error.message.split('\n')
  }
}

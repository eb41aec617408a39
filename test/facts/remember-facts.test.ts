import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BaseFacts, FactFiles } from '../../agent/facts/base.ts'
import type { FactGroup } from '../../agent/facts/fact.ts'
import { rememberFacts } from '../../agent/facts/remember-facts.ts'

const wanted = new Set<FactGroup>(['network'])
const base: BaseFacts = { facts: {}, interfaces: [] }
const route = (gateway: string): string =>
  `Iface Destination Gateway\neth0 00000000 ${gateway} 0003 0 0 0 00000000\neth0 000200C0 0\n`

function files(texts: Readonly<Record<string, string>>): FactFiles {
  return {
    readFile: async (path) => {
      const text = texts[path]
      return text === undefined ? null : Buffer.from(text)
    },
    list: async () => null,
  }
}

const before = files({ '/proc/net/route': route('010200C0') })

test('facts of routes are gathered again once a default route or an interface changes', async () => {
  let gathered = 0
  const gather = rememberFacts(async (groups) => {
    if (groups.size > 0) gathered++
    return new Map([...groups].map((group) => [group, { gathered }]))
  })
  const ask = async (it: BaseFacts, from: FactFiles): Promise<unknown> =>
    (await gather(wanted, it, from)).get('network')
  assert.equal(await ask(base, before), { gathered: 1 })
  assert.equal(await ask(base, before), { gathered: 1 })
  const other = route('010200C0').replace('000200C0', '000300C0')
  assert.equal(await ask(base, files({ '/proc/net/route': other })), { gathered: 1 })
  assert.equal(await ask(base, files({ '/proc/net/route': route('020200C0') })), { gathered: 2 })
  const zero = '0'.repeat(32)
  const ipv6 = (counter: number): FactFiles =>
    files({
      '/proc/net/route': route('020200C0'),
      '/proc/net/ipv6_route': `${zero} 00 ${zero} 00 fe80 00000400 0000000${counter} 00000000 3 eth0\n`,
    })
  assert.equal(await ask(base, ipv6(1)), { gathered: 3 })
  assert.equal(await ask(base, ipv6(2)), { gathered: 3 }, 'a counter of use is no route')
  const eth0 = { device: 'eth0', active: true, mtu: 1500 }
  assert.equal(await ask({ ...base, interfaces: [eth0] }, ipv6(2)), { gathered: 4 })
})

test.run()

import type { SharedBind } from '../../../agent/programs/haproxy/shared-binds.ts'

export interface SharedBindCase {
  readonly name: string
  /** Bind lines by frontend. */
  readonly frontends: readonly (readonly string[])[]
  /** Lines of `global`. */
  readonly global?: string
  readonly outcomes: readonly SharedBind['outcome'][]
  /** Several sockets are open on one address, and nobody minds: each has its threads. */
  readonly isSplit?: boolean
}

const cases = {
  'one each': [[['*:80'], ['*:81']], []],
  'one address in two frontends': [[['*:80'], ['*:80']], ['shared']],
  'any address, written otherwise': [[[':80'], ['0.0.0.0:80']], ['shared']],
  'one IPv6 address, written otherwise': [
    [['[2001:db8::11]:80'], ['2001:db8:0::11:80']],
    ['shared'],
  ],
  'a port within a range': [[['*:80-82'], ['*:81']], ['shared']],
  'an address that is one of several': [
    [['192.0.2.11:80,192.0.2.11:81'], ['192.0.2.11:81']],
    ['shared'],
  ],
  'a host name': [[['localhost:80'], ['localhost:80']], ['shared']],
  'with and without another option': [[['*:80'], ['*:80 accept-proxy']], ['shared']],
  'in one frontend, to other effect': [[['*:80', '*:80 accept-proxy']], ['shared']],
  'in one frontend': [[['*:80', '*:80 id 7 name again']], ['same']],
  'in one interface': [[['*:80 interface lan'], ['*:80 interface lan']], ['shared']],
  'each with threads of its own, in two frontends': [
    [['*:80 thread 1/1'], ['*:80 thread 1/2']],
    ['shared'],
  ],

  'a wildcard and an address': [[['*:80'], ['192.0.2.11:80']], []],
  'two wildcards, of both families': [[['*:80'], [':::80 v4v6']], []],
  'two addresses': [[['192.0.2.11:80'], ['127.0.0.1:80']], []],
  'an interface, and all': [[['*:80 interface lan'], ['*:80']], []],
  'two interfaces': [[['*:80 interface lan'], ['*:80 interface lo']], []],
  'ranges side by side': [[['*:80-82'], ['*:83-85']], []],
} as const satisfies Readonly<
  Record<string, readonly [SharedBindCase['frontends'], SharedBindCase['outcomes']]>
>

/** Each tried with haproxy 2.6 by shared-binds-real.test.ts. */
export const sharedBindCases: readonly SharedBindCase[] = [
  ...Object.entries(cases).map(([name, [frontends, outcomes]]) => ({ name, frontends, outcomes })),
  {
    name: 'each with threads of its own, in one frontend',
    frontends: [['*:80 thread 1/1', '*:80 thread 1/2']],
    global: 'nbthread 2',
    outcomes: [],
    isSplit: true,
  },
  {
    name: 'one port at a time',
    frontends: [['*:80'], ['*:80']],
    global: 'noreuseport',
    outcomes: ['refused'],
  },
  { name: 'an abstract socket', frontends: [['abns@web'], ['abns@web']], outcomes: ['refused'] },
]

/** haproxy.cfg of a case. */
export function toConfig({ frontends, global = 'nbthread 2' }: SharedBindCase): string {
  const sections = frontends.map(
    (binds, index) =>
      `frontend f${index}\n${binds.map((bind) => `  bind ${bind}\n`).join('')}  http-request return status 200\n`,
  )
  const defaults = 'defaults\n  mode http\n  timeout client 5s\n'
  return `global\n  ${global}\n${defaults}${sections.join('')}`
}

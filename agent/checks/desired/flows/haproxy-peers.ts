import { isSameAddress } from '../../../programs/address.ts'
import { parseBindAddress } from '../../../programs/haproxy/bind-address.ts'
import type { BindAddress } from '../../../programs/haproxy/bind-address.ts'
import type { ConfigLine } from '../../../programs/haproxy/lines.ts'
import type { Section } from '../../../programs/haproxy/sections.ts'
import type { Flow } from '../flow.ts'
import { readDesiredHaproxy } from '../haproxy-desired.ts'
import type { PreflightInput } from '../rule.ts'
import { servedSteps, usedSteps } from './connection.ts'

type Internet = Extract<BindAddress, { readonly type: 'internet' }>

/** A line `peer NAME ADDRESS:PORT`. */
interface Named {
  readonly line: ConfigLine
  readonly name: string
  readonly address: Internet
}

/** The haproxys of a section `peers` connect to each other, both ways, to have the same stick tables. */
export function haproxyPeerFlows({ self }: PreflightInput): readonly Flow[] {
  return readDesiredHaproxy(self)
    .sections.filter(({ keyword, isDisabled }) => keyword === 'peers' && isDisabled === false)
    .flatMap((section) => {
      const all = readPeers(section)
      const isSelf = ({ name, address: { address } }: Named): boolean =>
        name === self.host ||
        (address !== null && self.addresses.some((one) => isSameAddress(one, address)))
      const own = all.find(isSelf)
      if (own === undefined) return []
      return all
        .filter((one) => !isSelf(one) && one.address.family === own.address.family)
        .flatMap((other) => flowsBetween(own, other))
    })
}

function readPeers({ lines }: Section): readonly Named[] {
  return lines.flatMap((line): readonly Named[] => {
    const [keyword, name = '', text = ''] = line.words
    const address = parseBindAddress(text, false)
    const isNamed = keyword === 'peer' || keyword === 'server'
    return isNamed && address.type === 'internet' ? [{ line, name, address }] : []
  })
}

function flowsBetween(own: Named, other: Named): readonly Flow[] {
  const address = own.address.address ?? undefined
  const theirs = other.address.address
  if (theirs === null) return []
  const { family } = own.address
  const level = 'warning'
  const warnsOfDoubt = false
  const common = { family, protocol: 'tcp', address } as const
  return [
    {
      level,
      warnsOfDoubt,
      consequence: `haproxy here would get no stick tables of ${other.name}`,
      steps: servedSteps(
        {
          ...common,
          port: own.address.first,
          name: `"${show(own)}" (${own.line.file}:${own.line.line}) from ${other.name} (${theirs})`,
        },
        theirs,
      ).map((step, index) =>
        index === 0 ? { ...step, allow: `-s ${theirs} ${step.allow}` } : step,
      ),
    },
    {
      level,
      warnsOfDoubt,
      consequence: `${other.name} would get no stick tables of this node`,
      steps: usedSteps(
        {
          ...common,
          port: other.address.first,
          name: `"${show(other)}" (${other.line.file}:${other.line.line})`,
        },
        theirs,
      ),
    },
  ]
}

function show({ line }: Named): string {
  return line.words.slice(0, 3).join(' ')
}

import type { Vars } from '../inventory/inventory.ts'
import type { Option } from './argument-spec.ts'

/** Variables of the inventory that belong to no role: how agents prove to each other where they stand. */
export const ownOptions: Readonly<Record<string, Option>> = {
  evenkeel_peer_key: {
    type: 'str',
    no_log: true,
    description:
      'Secret of 16 characters or more that VRRP peers share. Without it they know nothing of each other.',
  },
  evenkeel_port: {
    type: 'int',
    description: 'Port on which the agent proves its state to its peers, the same on all of them.',
  },
}

/** What they are where the inventory does not say. */
export const ownDefaults: Vars = new Map([
  ['evenkeel_port', { value: 9721, place: () => ({ file: 'Evenkeel', key: 'evenkeel_port' }) }],
])

/** What is wrong with the value of one of them, though its type is right. One clause, or null. */
export function ownFault(name: string, value: unknown): string | null {
  if (name === 'evenkeel_peer_key') {
    const isShort = typeof value === 'string' && value.length < 16
    return isShort ? 'expected 16 characters or more, such as "openssl rand -hex 32" prints' : null
  }
  const isPort = typeof value !== 'number' || (value >= 1 && value <= 65535)
  return name === 'evenkeel_port' && !isPort ? 'expected a port from 1 to 65535' : null
}

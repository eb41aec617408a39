import type { Family } from './address.ts'

/** Where a process is to listen. */
export interface Endpoint {
  readonly protocol: 'tcp' | 'udp'
  readonly families: readonly Family[]
  /** null for any address. */
  readonly address: string | null
  readonly first: number
  readonly last: number
  readonly device: string | null
}

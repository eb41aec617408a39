import type { Facts } from '../../facts/fact.ts'
import type { System } from '../../system/system.ts'
import type { Change } from '../kind.ts'

/** A package manager. Another one is one file, and its name in the list of `package.ts`. */
export interface PackageProvider {
  /** For people: `apt`. */
  readonly name: string
  /** Whether a node has it, by the facts of its distribution (`os_family`, …). */
  serves(facts: Facts): boolean
  /** Whether a node has its files: what counts on one that has lost os-release. */
  isHere(system: System): Promise<boolean>
  /** Whether it can have a package of this name. */
  isName(name: string): boolean
  /** `installed`; null: it is not; else what it is stuck in, such as `half-configured`. */
  readStatus(name: string, system: System): Promise<string | null>
  /**
   * Installs packages, and lets none start a service: it would run with the distribution's configuration.
   * @throws LocalError that says what stands in the way
   */
  install(names: readonly string[], system: System): Promise<void>
  /** Leaves their configuration files. @throws LocalError */
  remove(names: readonly string[], system: System): Promise<void>
  /** What an interrupted installation has left behind, and `clean` takes away; null: nothing. */
  findLeftover(system: System): Promise<Change | null>
  clean(system: System): Promise<void>
}

import * as v from 'valibot'
import { readDistribution } from '../../facts/distribution.ts'
import { LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { allTraffic, noEffects } from '../effects.ts'
import type { Change, Kind } from '../kind.ts'
import { oneOrMore } from '../parameter.ts'
import { parseParameters } from '../schema.ts'
import { apt } from './apt.ts'
import type { PackageProvider } from './provider.ts'

/** Packages of the distribution that are installed, in whatever version, or not installed. */
export interface PackageSpec {
  readonly names: readonly string[]
  readonly state: 'present' | 'absent'
}

export interface PackageState {
  /** Of this node. */
  readonly provider: PackageProvider
  /** State of each package that is not simply absent: `installed`, `half-configured`, … */
  readonly status: Readonly<Record<string, string>>
  readonly leftover: Change | null
}

/**
 * Packages of the node's distribution. Installed only when absent, never upgraded: a new version of a load
 * balancer is a person's decision. Not owned: prune leaves packages alone.
 * @param providers every package manager that is known
 */
export function createPackageKind(
  providers: readonly PackageProvider[],
): Kind<PackageSpec, PackageState> {
  const parameters = v.strictObject({
    name: v.pipe(
      oneOrMore,
      v.checkItems(
        (name) => providers.some((provider) => provider.isName(name)),
        'expected the plain name of a package; pin a version in /etc/apt/preferences.d instead',
      ),
    ),
    state: v.optional(v.picklist(['present', 'absent']), 'present'),
  })

  return {
    name: 'package',
    early: true,

    parse(raw, place) {
      const { name, state } = parseParameters(parameters, raw, place)
      return { names: name, state }
    },

    id: (spec) => `package ${spec.names.join(', ')}`,

    /** A package may hold anything. */
    effects: () => ({ ...noEffects, traffic: allTraffic }),

    async observe({ names }, system) {
      const provider = await findProvider(providers, system)
      const found = await Promise.all(
        names.map(async (name) => [name, await provider.readStatus(name, system)] as const),
      )
      const status = found.flatMap(([name, one]) => (one === null ? [] : [[name, one] as const]))
      const leftover = await provider.findLeftover(system)
      return { provider, status: Object.fromEntries(status), leftover }
    },

    diff(spec, state) {
      const after = spec.state === 'present' ? 'installed' : null
      const wrong = wrongPackages(spec, state).map((name) => ({
        field: name,
        before: state.status[name] ?? null,
        after,
      }))
      return state.leftover === null ? wrong : [...wrong, state.leftover]
    },

    async apply(spec, _changes, state, system) {
      const { provider } = state
      const wrong = wrongPackages(spec, state)
      if (wrong.length === 0) return provider.clean(system)
      if (spec.state === 'present') await provider.install(wrong, system)
      else await provider.remove(wrong, system)
    },
  }
}

export const packageKind = createPackageKind([apt])

/** @throws LocalError */
async function findProvider(
  providers: readonly PackageProvider[],
  system: System,
): Promise<PackageProvider> {
  const facts = await readDistribution(system)
  const { distribution = 'no distribution that it names', os_family: family } = facts
  for (const provider of providers) {
    if (family !== undefined ? provider.serves(facts) : await provider.isHere(system))
      return provider
  }
  const known = providers.map(({ name }) => name).join(', ')
  throw new LocalError(
    `this node runs ${distribution} (os_family ${family ?? 'unknown'}), and Evenkeel knows no package manager of it, only ${known}; leave the task out there: when: (eq facts.os_family 'Debian')`,
  )
}

function wrongPackages({ names, state }: PackageSpec, { status }: PackageState): readonly string[] {
  return names.filter((name) =>
    state === 'present' ? status[name] !== 'installed' : status[name] !== undefined,
  )
}

import * as v from 'valibot'
import { allTraffic, noEffects } from '../effects.ts'
import type { Kind } from '../kind.ts'
import { oneOrMore } from '../parameter.ts'
import { parseParameters } from '../schema.ts'
import { installPackages, removePackages } from './apt.ts'
import { readPackageStatus } from './package-status.ts'
import { hasLeftover, restorePolicy, withoutServiceStarts } from './policy-rc.ts'

/** Packages of the distribution that are installed, in whatever version, or not installed. */
export interface PackageSpec {
  readonly names: readonly string[]
  readonly state: 'present' | 'absent'
}

export interface PackageState {
  /** dpkg's state of each package it knows: `installed`, `config-files`, `half-configured`, … */
  readonly status: Readonly<Record<string, string>>
  /** An interrupted run left its policy-rc.d behind: no package could start its service. */
  readonly hasLeftover: boolean
}

const parameters = v.strictObject({
  name: v.pipe(
    oneOrMore,
    v.checkItems(
      (name) => /^[a-z0-9][a-z0-9+.-]+$/.test(name),
      'expected the plain name of a package; pin a version in /etc/apt/preferences.d instead',
    ),
  ),
  state: v.optional(v.picklist(['present', 'absent']), 'present'),
})

/**
 * Packages by apt and dpkg (Debian, Ubuntu). Installed only when absent, never upgraded: a new version
 * of a load balancer is a person's decision. Their services are not started by the installation,
 * since they would run with the distribution's configuration. Not owned: prune leaves packages alone.
 */
export const packageKind: Kind<PackageSpec, PackageState> = {
  name: 'package',
  early: true,

  parse(raw, place) {
    const { name, state } = parseParameters(parameters, raw, place)
    return { names: name, state }
  },

  id: (spec) => `package ${spec.names.join(', ')}`,

  /** A package may hold anything. */
  effects: () => ({ ...noEffects, traffic: allTraffic }),

  async observe(spec, system) {
    const found = await Promise.all(
      spec.names.map(async (name) => [name, await readPackageStatus(name, system)] as const),
    )
    const status = found.flatMap(([name, one]) => (one === null ? [] : [[name, one] as const]))
    return { status: Object.fromEntries(status), hasLeftover: await hasLeftover(system) }
  },

  diff(spec, state) {
    const wanted = spec.state === 'present' ? 'installed' : null
    const wrong = wrongPackages(spec, state).map((name) => {
      const before = state.status[name] ?? null
      return { field: name, before: before === 'config-files' ? null : before, after: wanted }
    })
    if (!state.hasLeftover) return wrong
    const note = 'left by an interrupted installation; no package can start its service'
    return [...wrong, { field: 'policy-rc.d', before: 'present', after: null, note }]
  },

  async apply(spec, _changes, state, system) {
    const wrong = wrongPackages(spec, state)
    if (wrong.length === 0) return restorePolicy(system)
    const act = spec.state === 'present' ? installPackages : removePackages
    await withoutServiceStarts(system, () => act(wrong, system))
  },
}

function wrongPackages(spec: PackageSpec, { status }: PackageState): readonly string[] {
  return spec.names.filter((name) => {
    const found = status[name] ?? 'not-installed'
    if (spec.state === 'present') return found !== 'installed'
    return found !== 'not-installed' && found !== 'config-files'
  })
}

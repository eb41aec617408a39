import { basename } from 'node:path'
import { CommitError } from '../../system/errors.ts'
import type { Place, Problem } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { nearestName } from '../../yaml/nearest.ts'
import { placeOf } from '../schema.ts'
import { toKeyName } from './key.ts'
import { isEditable, planSysctl } from './plan.ts'
import { readBootFiles, readLiveValue } from './read.ts'
import type { SysctlSpec } from './spec.ts'
import { tryNetworkKeys } from './trial.ts'

/**
 * Refuses keys that this kernel does not have or does not let anyone write, values that it rejects
 * (network keys: tried in a network namespace of their own), and files outside /etc that win over ours
 * at boot.
 * @throws CommitError with one problem for each key
 */
export async function checkSysctl(spec: SysctlSpec, place: Place, system: System): Promise<void> {
  const problems: Problem[] = []
  const refuse = (path: string, message: string): void => {
    problems.push({ place: placeOf(place, ...(spec.keys.get(path) ?? [])), message })
  }
  const live = new Map<string, string | null>()
  for (const path of spec.settings.keys()) live.set(path, await readLiveValue(path, system))
  const drifted = new Map<string, string>()
  for (const [path, value] of spec.settings) {
    const before = live.get(path) ?? null
    if (before === null) {
      if (!spec.ignoreMissing) refuse(path, await explainMissing(path, system))
    } else if (before !== value) {
      const mode = (await system.stat(`/proc/sys/${path}`))?.mode ?? 0o644
      if ((mode & 0o222) === 0) refuse(path, `read-only on this node, and is "${before}"`)
      else drifted.set(path, value)
    }
  }
  for (const [path, fault] of await tryNetworkKeys(drifted, system)) refuse(path, fault)

  const boot = await readBootFiles(system)
  const text = boot.find((file) => file.path === spec.file)?.text ?? null
  for (const { path, setting, file } of planSysctl(spec, { stat: null, text, live, boot })
    .overrides) {
    if (isEditable(file)) continue
    const mask = `/etc/sysctl.d/${basename(setting.file)}`
    refuse(
      path,
      `${setting.file}:${setting.line} would take it back at boot and is not ours to edit; ` +
        `mask that file by a link ${mask} to /dev/null, or set sysctl_file to a name that sorts behind it`,
    )
  }
  if (problems.length > 0) throw new CommitError(problems)
}

/** Keys that left the kernel, and when: Documentation/networking/ip-sysctl.rst and git history. */
const formerKeys: ReadonlyMap<string, string> = new Map([
  [
    'net/ipv4/tcp_tw_recycle',
    'Linux 4.12 dropped it, since it broke clients behind NAT; remove it (tcp_tw_reuse does no harm)',
  ],
])

/** Folders of keys that come with a module. */
const modules: readonly (readonly [prefix: string, module: string])[] = [
  ['net/netfilter/nf_conntrack', 'nf_conntrack'],
  ['net/nf_conntrack', 'nf_conntrack'],
  ['net/bridge/', 'br_netfilter'],
  ['net/ipv4/vs/', 'ip_vs'],
]

async function explainMissing(path: string, system: Pick<System, 'list'>): Promise<string> {
  const former = formerKeys.get(path)
  if (former !== undefined) return former
  const folder = path.slice(0, path.lastIndexOf('/'))
  const known = (await system.list(`/proc/sys/${folder}`)) ?? []
  const [prefix = '', module] = modules.find(([prefix]) => path.startsWith(prefix)) ?? []
  const isLoaded = known.some((name) => `${folder}/${name}`.startsWith(prefix))
  if (module !== undefined && !isLoaded) {
    return (
      `this kernel does not have it yet: run "modprobe ${module}" and name ${module} in ` +
      `/etc/modules-load.d/evenkeel.conf, or set ignore_missing`
    )
  }
  const meant = nearestName(path.slice(folder.length + 1), known)
  if (meant !== null) {
    return `this kernel has no such key; did you mean ${toKeyName(`${folder}/${meant}`)}?`
  }
  return 'this kernel has no such key; remove it, load its module, or set ignore_missing'
}

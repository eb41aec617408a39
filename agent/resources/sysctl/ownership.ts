import type { System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import type { Effects } from '../effects.ts'
import { observePath } from '../file/path-state.ts'
import type { Change, OwnedThing, Ownership } from '../kind.ts'
import { findBootSetting, mergeBootFiles } from './boot.ts'
import { toKeyName, toKeyPath } from './key.ts'
import { findSettings, isEditable } from './plan.ts'
import type { SysctlState } from './plan.ts'
import { readBootFiles, readLiveValue } from './read.ts'
import type { FoundBootFile } from './read.ts'
import { enableKey, isOurSysctlFile, parseSysctlFile, removeKey } from './settings-file.ts'
import type { SysctlSpec } from './spec.ts'

/** Keys with their lines, and the file once it is ours alone. */
export const sysctlOwnership: Ownership<SysctlSpec, SysctlState> = {
  kind: 'sysctl',

  owned(spec, state) {
    const keys = [...findSettings(spec, state).keys()].map((path) => ({
      name: nameOwnedKey(path, spec.file),
      before: state.live.get(path) ?? null,
    }))
    const isOurs = keys.length > 0 && (state.text === null || isOurSysctlFile(state.text))
    return isOurs ? [...keys, { name: spec.file, before: null }] : keys
  },

  claims: (spec) => [
    ...[...spec.settings.keys()].map((path) => nameOwnedKey(path, spec.file)),
    spec.file,
  ],

  removal,
  remove,
  effects,
}

/** A key is owned together with its line, since the same key may move to another file. */
function nameOwnedKey(path: string, file: string): string {
  return `${toKeyName(path)} in ${file}`
}

/** What taking back a key, or the whole file once no task uses it, would change. */
async function removal(owned: OwnedThing, system: System): Promise<readonly Change[]> {
  if (owned.name.startsWith('/')) {
    const { content } = await observePath(owned.name, system)
    const text = content && new TextDecoder().decode(content)
    return text && isOurSysctlFile(text) ? [{ field: 'content', before: text, after: null }] : []
  }
  const plan = await planKeyRemoval(owned, system)
  const name = toKeyName(plan.path)
  const files = plan.edits.map((file) => {
    const isOurs = file.path === plan.file
    const field = isOurs ? `line in ${file.path}` : `${name} in ${file.target}`
    return { field, before: isOurs ? name : 'disabled by us', after: isOurs ? null : 'as it was' }
  })
  if (plan.live === plan.restored) return files
  return [...files, { field: name, before: plan.live, after: plan.restored }]
}

/** A file goes, or a line of it and the live value. */
function effects({ name }: OwnedThing): Effects {
  const isFile = name.startsWith('/')
  const path = isFile ? name : (name.split(' in ')[1] ?? '')
  const becomes = isFile ? 'absent' : 'file'
  const file = { path, becomes, content: null, mode: null } as const
  return { ...noEffects, files: [file], traffic: ['network'] }
}

/** What `remove` changes: files, and the key by its path below /proc/sys. */
export async function touchedByRemoval(
  owned: OwnedThing,
  system: System,
): Promise<readonly string[]> {
  if (owned.name.startsWith('/')) return [owned.name]
  const { edits, path } = await planKeyRemoval(owned, system)
  return [...edits.map(({ target }) => target), path]
}

/** Carries out what `removal` says. */
async function remove(owned: OwnedThing, system: System): Promise<void> {
  if (owned.name.startsWith('/')) return system.remove(owned.name)
  const plan = await planKeyRemoval(owned, system)
  for (const { target, stat, text } of plan.edits) {
    if (stat === null) continue
    const { mode, owner, group } = stat
    const content = new TextEncoder().encode(text)
    await system.writeFile(target, { content, mode, owner, group })
  }
  if (plan.restored !== null && plan.restored !== plan.live) {
    await system.writeKernel(`/proc/sys/${plan.path}`, plan.restored)
  }
}

interface KeyRemoval {
  readonly path: string
  /** The file that we kept the key in. */
  readonly file: string
  /** Files whose text changes, with their new text. */
  readonly edits: readonly FoundBootFile[]
  readonly live: string | null
  /** What the files that stay say, else what we found at first. */
  readonly restored: string | null
}

async function planKeyRemoval(owned: OwnedThing, system: System): Promise<KeyRemoval> {
  const [key = '', file = ''] = owned.name.split(' in ')
  const path = toKeyPath(key)
  const found = await readBootFiles(system)
  const hasMoved = found.some((each) => each.path !== file && isOurs(each) && sets(each, path))
  const after = found.map((each) => {
    if (each.path === file) return { ...each, text: removeKey(each.text, path) }
    return isEditable(each) && !hasMoved ? { ...each, text: enableKey(each.text, path) } : each
  })
  const live = await readLiveValue(path, system)
  const boot = findBootSetting(mergeBootFiles(after), path)
  return {
    path,
    file,
    edits: after.filter((each, index) => each.text !== found[index]?.text),
    live,
    restored: live === null ? null : (boot?.value ?? owned.before ?? live),
  }
}

function isOurs({ text }: FoundBootFile): boolean {
  return isOurSysctlFile(text)
}

function sets({ text }: FoundBootFile, path: string): boolean {
  return parseSysctlFile(text).some((assignment) => assignment.path === path)
}

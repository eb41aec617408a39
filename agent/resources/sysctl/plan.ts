import type { FileStat } from '../../system/system.ts'
import { mergeBootFiles } from './boot.ts'
import type { BootSetting } from './boot.ts'
import type { FoundBootFile } from './read.ts'
import { disableKey, setKeys, startSysctlFile } from './settings-file.ts'
import type { SysctlSpec } from './spec.ts'

export interface SysctlState {
  /** Of our file. */
  readonly stat: FileStat | null
  /** Of our file; null unless it is a plain file. */
  readonly text: string | null
  /** Live values by path; null where this kernel has no such key. */
  readonly live: ReadonlyMap<string, string | null>
  /** All that is read at boot, our file too. */
  readonly boot: readonly FoundBootFile[]
}

/** A line that would take back a setting of ours at boot. */
export interface Override {
  readonly path: string
  readonly setting: BootSetting
  readonly file: FoundBootFile
}

/** What the files should become. */
export interface SysctlPlan {
  readonly settings: ReadonlyMap<string, string>
  /** Our file; null when it need not exist. */
  readonly text: string | null
  readonly overrides: readonly Override[]
  /** New text of the files that override us and may be edited, by target. */
  readonly edits: ReadonlyMap<string, string>
}

/** Settings that the node can have: all, or those that its kernel knows with `ignore_missing`. */
export function findSettings(spec: SysctlSpec, state: SysctlState): ReadonlyMap<string, string> {
  if (!spec.ignoreMissing) return spec.settings
  return new Map([...spec.settings].filter(([path]) => (state.live.get(path) ?? null) !== null))
}

export function planSysctl(spec: SysctlSpec, state: SysctlState): SysctlPlan {
  const settings = findSettings(spec, state)
  if (settings.size === 0) {
    return { settings, text: state.text, overrides: [], edits: new Map() }
  }
  const text = setKeys(state.text ?? startSysctlFile(spec.file), settings)
  const others = state.boot.filter((file) => file.path !== spec.file)
  const edits = new Map<string, string>()
  const overrides: Override[] = []
  for (const [path, value] of settings) {
    // Each round takes one file out of force for this key, so the rounds end.
    for (;;) {
      const current = others.map((file) => ({ ...file, text: edits.get(file.target) ?? file.text }))
      const setting = mergeBootFiles([...current, { path: spec.file, text }]).get(path)
      const file = current.find((file) => file.path === setting?.file)
      if (setting === undefined || setting.value === value || file === undefined) break
      overrides.push({ path, setting, file })
      if (!isEditable(file)) break
      edits.set(file.target, disableKey(file.text, path))
    }
  }
  return { settings, text, overrides, edits }
}

/** Below /etc a file is the administrator's; elsewhere it belongs to a package, which puts it back. */
export function isEditable(file: FoundBootFile): boolean {
  return file.target.startsWith('/etc/') && file.stat?.type === 'file'
}

import { LocalError, messageOf } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import { diffAttributes } from '../file/attributes.ts'
import type { Change, FileWrite, Kind } from '../kind.ts'
import { checkSysctl } from './check.ts'
import { toKeyName } from './key.ts'
import { sysctlOwnership, touchedByRemoval } from './ownership.ts'
import { findSettings, planSysctl } from './plan.ts'
import type { SysctlState } from './plan.ts'
import { readBootFiles, readLiveValue } from './read.ts'
import { parseSysctlFile } from './settings-file.ts'
import { parseSysctl } from './spec.ts'
import type { SysctlSpec } from './spec.ts'
import { sysctlUndo } from './undo.ts'

const attributes = { mode: 0o644, owner: 'root', group: 'root' } as const

/**
 * Kernel settings: live, in a file of sysctl.d(5), and as they will be after a boot, when another
 * file may take them back. Tasks share a file; each minds its own keys in it.
 */
export const sysctl: Kind<SysctlSpec, SysctlState> = {
  name: 'sysctl',
  parse: parseSysctl,

  id(spec) {
    const [first = '', ...more] = [...spec.settings.keys()].map(toKeyName)
    return more.length === 0 ? `sysctl ${first}` : `sysctl ${first} and ${more.length} more`
  },

  effects: ({ settings, file }) => ({
    ...noEffects,
    files: [{ path: file, becomes: 'file', content: null, mode: attributes.mode }],
    sysctls: settings,
    traffic: ['network'],
  }),

  observe,
  diff,

  notes(spec, state) {
    const known = findSettings(spec, state)
    const missing = [...spec.settings.keys()].filter((path) => !known.has(path))
    return [
      ...missing.map((path) => `${toKeyName(path)} is left out: this kernel does not have it`),
      ...findProcpsNotes(known, state),
    ]
  },

  writes,
  check: checkSysctl,

  async apply(spec, _changes, _state, system) {
    const state = await observe(spec, system)
    for (const { path, ...file } of writes(spec, state)) {
      if (file.content !== null) await system.writeFile(path, { ...file, content: file.content })
    }
    for (const [path, value] of findSettings(spec, state)) {
      if (state.live.get(path) === value) continue
      try {
        await system.writeKernel(`/proc/sys/${path}`, value)
      } catch (error) {
        const reason = messageOf(error)
        throw new LocalError(
          `the kernel does not take "${value}" for ${toKeyName(path)}: ${reason}`,
          {
            cause: error,
          },
        )
      }
    }
  },

  ownership: sysctlOwnership,

  rollback: {
    touches: (spec, state) => [...findSettings(spec, state).keys()],
    removes: touchedByRemoval,
    undo: sysctlUndo,
  },
}

async function observe(spec: SysctlSpec, system: System): Promise<SysctlState> {
  const live = new Map<string, string | null>()
  for (const path of spec.settings.keys()) live.set(path, await readLiveValue(path, system))
  const boot = await readBootFiles(system)
  const stat = await system.stat(spec.file)
  const text = boot.find((file) => file.path === spec.file)?.text ?? ''
  return { stat, text: stat?.type === 'file' ? text : null, live, boot }
}

function diff(spec: SysctlSpec, state: SysctlState): readonly Change[] {
  const { settings, text, overrides } = planSysctl(spec, state)
  const changes: Change[] = []
  if (text !== state.text) changes.push({ field: 'content', before: state.text, after: text })
  if (state.text !== null && state.stat !== null && settings.size > 0) {
    changes.push(...diffAttributes(attributes, state.stat))
  }
  for (const [path, value] of settings) {
    const before = state.live.get(path) ?? null
    if (before !== value) changes.push({ field: toKeyName(path), before, after: value })
  }
  for (const { path, setting } of overrides) {
    changes.push({
      field: `${toKeyName(path)} at boot`,
      before: `${setting.value ?? 'left alone'} (${setting.file}:${setting.line})`,
      after: settings.get(path) ?? null,
    })
  }
  return changes
}

function writes(spec: SysctlSpec, state: SysctlState): readonly FileWrite[] {
  const { settings, text, edits } = planSysctl(spec, state)
  const isRight =
    text === state.text &&
    (state.stat === null || diffAttributes(attributes, state.stat).length === 0)
  const ours =
    text === null || settings.size === 0 || isRight
      ? []
      : [{ path: spec.file, content: encode(text), ...attributes }]
  const others = [...edits].flatMap(([path, content]) => {
    const stat = state.boot.find((file) => file.target === path)?.stat
    if (!stat) return []
    const { mode, owner, group } = stat
    return [{ path, content: encode(content), mode, owner, group }]
  })
  return [...ours, ...others]
}

/** `sysctl --system` is not what runs at boot: it reads /etc/sysctl.conf again, last: sysctl(8). */
function findProcpsNotes(
  settings: ReadonlyMap<string, string>,
  state: SysctlState,
): readonly string[] {
  const file = state.boot.find(({ target }) => target === '/etc/sysctl.conf')
  if (file === undefined) return []
  return parseSysctlFile(file.text).flatMap(({ path, value, line }) => {
    const ours = settings.get(path)
    if (ours === undefined || ours === value) return []
    return [`/etc/sysctl.conf:${line} sets ${toKeyName(path)} too, and "sysctl --system" obeys it`]
  })
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

import type { Planned } from '../plan/plan.ts'
import type { FileWrite } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import type { FileStat, System } from '../system/system.ts'

/** A file that a run would write, and the resource that asks for it. */
export interface PlannedFile {
  readonly resource: Resource
  readonly file: FileWrite
}

/**
 * The files of drifted resources. Several may edit one file (settings of the kernel, single lines): each
 * sees it as those before it leave it, so that the last of them is the whole that validators judge.
 */
export async function plannedFiles(
  drifted: readonly Planned[],
  system: System,
): Promise<readonly PlannedFile[]> {
  const planned: PlannedFile[] = []
  const written = new Map<string, FileWrite>()
  const asLeft = leftBy(written, system)
  for (const { resource, state } of drifted) {
    const { kind, spec } = resource
    if (kind.writes === undefined) continue
    const now = written.size === 0 ? state : await kind.observe(spec, asLeft)
    for (const file of kind.writes(spec, now)) {
      planned.push({ resource, file })
      written.set(file.path, file)
    }
  }
  return planned
}

/** The machine with some files as they would be. Nothing may be written through it. */
function leftBy(written: ReadonlyMap<string, FileWrite>, system: System): System {
  return {
    ...system,
    async readFile(path) {
      const file = written.get(path)
      return file === undefined ? system.readFile(path) : file.content
    },
    async inspect(path, options) {
      const file = written.get(path)
      if (file === undefined) return system.inspect(path, options)
      const { content } = file
      if (content === null) return null
      return { stat: toStat(file, content, system.now()), content, unread: null, target: null }
    },
    async stat(path) {
      const file = written.get(path)
      if (file === undefined) return system.stat(path)
      return file.content === null ? null : toStat(file, file.content, system.now())
    },
  }
}

function toStat({ mode, owner, group }: FileWrite, content: Uint8Array, now: number): FileStat {
  return { type: 'file', mode, owner, group, size: content.length, mtime: now }
}

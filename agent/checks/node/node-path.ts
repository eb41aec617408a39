import { posix } from 'node:path'
import type { FileStat, System } from '../../system/system.ts'

/** What stands at a path, links followed. */
export interface NodePath extends FileStat {
  /** Program behind `#!` of a file; null when it has none. */
  readonly interpreter: string | null
}

type Files = Pick<System, 'stat' | 'readLink' | 'readFile'>

/** Also looks at the interpreters of scripts among them. */
export async function readPaths(
  paths: readonly string[],
  system: Files,
): Promise<ReadonlyMap<string, NodePath | null>> {
  const found = new Map<string, NodePath | null>()
  for (const path of paths) {
    if (!found.has(path)) found.set(path, await readPath(path, system))
  }
  for (const { interpreter } of [...found.values()].filter((one) => one !== null)) {
    if (interpreter !== null) found.set(interpreter, await readPath(interpreter, system))
  }
  return found
}

/** Program that the kernel starts for a script: execve(2). */
export function interpreterOf(text: string): string | null {
  return /^#![ \t]*(\S+)/.exec(text)?.[1] ?? null
}

/** Longer is no script that a person wrote. */
const scriptLimit = 1024 * 1024

async function readPath(path: string, system: Files): Promise<NodePath | null> {
  let place = path
  // As many links as the kernel follows: path_resolution(7).
  for (let links = 0; links < 40; links++) {
    const stat = await system.stat(place)
    if (stat === null) return null
    if (stat.type !== 'link') return { ...stat, interpreter: await readHead(place, stat, system) }
    place = posix.resolve(posix.dirname(place), (await system.readLink(place)) ?? '')
  }
  return null
}

async function readHead(path: string, stat: FileStat, system: Files): Promise<string | null> {
  if (stat.type !== 'file' || (stat.mode & 0o111) === 0 || stat.size > scriptLimit) return null
  const content = await system.readFile(path)
  return content === null ? null : interpreterOf(new TextDecoder().decode(content.slice(0, 256)))
}

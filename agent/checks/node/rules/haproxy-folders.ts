import { posix } from 'node:path'
import {
  findGlobal,
  haproxyConfigPath,
  readHaproxyLines,
} from '../../../programs/haproxy/haproxy-lines.ts'
import type { HaproxyLine } from '../../../programs/haproxy/haproxy-lines.ts'
import { readHaproxySocketFiles } from '../../../programs/haproxy/haproxy-listener.ts'
import type { Finding } from '../../finding.ts'
import type { NodeView } from '../node-view.ts'
import { describePlace, isFolder } from '../place.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import type { WantedFile } from '../wanted.ts'
import { wantedHaproxy } from './haproxy-port-held.ts'

/**
 * Folders that haproxy needs when it starts: for `chroot`, whose lack ends even a haproxy 2.6 that runs
 * ("Cannot chroot", after the old worker has stopped), and for its unix sockets.
 */
export const haproxyFolders: NodeRule = {
  id: 'haproxy-folders',
  concerns: haproxyConcerns,
  paths(wanted) {
    const config = wantedHaproxy(wanted)
    return config === null ? [] : foldersOf(config).map(({ folder }) => folder)
  },
  check(wanted, node) {
    const config = wantedHaproxy(wanted)
    if (config === null) return []
    const missing = foldersOf(config)
      .filter(({ folder }) => !isFolder(folder, wanted, node))
      .map(({ line, text, folder, effect }): Finding => ({
        rule: haproxyFolders.id,
        level: 'error',
        place: config.place,
        message: `${haproxyConfigPath}:${line} ${text}: ${folder} ${describePlace(folder, node)}, and no task makes it: ${effect}; add a task "file: {path: ${folder}, state: directory}" before haproxy runs, or name another folder`,
      }))
    return [...missing, ...judgeChroot(config, node)]
  },
}

interface Needed {
  readonly line: number
  readonly text: string
  readonly folder: string
  readonly effect: string
}

function foldersOf(config: WantedFile): readonly Needed[] {
  const lines = readHaproxyLines(config.text)
  const chroot = chrootOf(lines)
  const sockets = readHaproxySocketFiles(lines).map(({ line, text, path }) => ({
    line,
    text,
    folder: posix.dirname(path),
    effect: 'haproxy could not start, as it could not make the socket',
  }))
  if (chroot === null) return sockets
  const { line, folder } = chroot
  const effect = 'haproxy could not start, and a reload may end the one that runs'
  return [{ line, text: `chroot ${folder}`, folder, effect }, ...sockets]
}

/** A jail that haproxy's own user can write to is none. */
function judgeChroot(config: WantedFile, node: NodeView): readonly Finding[] {
  const lines = readHaproxyLines(config.text)
  const chroot = chrootOf(lines)
  const found = chroot === null ? null : (node.paths.get(chroot.folder) ?? null)
  if (chroot === null || found?.type !== 'directory') return []
  const user = findGlobal(lines, 'user')?.words[1]
  const group = findGlobal(lines, 'group')?.words[1]
  const isWritable =
    (found.mode & 0o002) !== 0 ||
    (found.owner === user && user !== 'root') ||
    (found.group === group && group !== 'root' && (found.mode & 0o020) !== 0)
  if (!isWritable) return []
  return [
    {
      rule: haproxyFolders.id,
      level: 'warning',
      place: config.place,
      message: `${haproxyConfigPath}:${chroot.line} chroot ${chroot.folder}: haproxy's own user may write there, so it holds nobody; give it to root with mode 0755`,
    },
  ]
}

function chrootOf(lines: readonly HaproxyLine[]): { line: number; folder: string } | null {
  const line = findGlobal(lines, 'chroot')
  const folder = line?.words[1]
  return line === null || folder === undefined ? null : { line: line.line, folder }
}

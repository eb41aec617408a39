import { posix } from 'node:path'
import { findGlobal } from '../../../programs/haproxy/config.ts'
import type { HaproxyConfig } from '../../../programs/haproxy/config.ts'
import { readSocketFiles } from '../../../programs/haproxy/listeners.ts'
import { isKnown } from '../../../programs/haproxy/words.ts'
import type { Finding } from '../../finding.ts'
import { placeOfLine } from '../haproxy-listeners.ts'
import type { NodeView } from '../node-view.ts'
import { describePlace, isFolder } from '../place.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import type { Wanted } from '../wanted.ts'

/**
 * Folders that haproxy needs when it starts: for `chroot`, whose lack ends even a haproxy 2.6 that runs
 * ("Cannot chroot", after the old worker has stopped), and for its unix sockets.
 */
export const haproxyFolders: NodeRule = {
  id: 'haproxy-folders',
  concerns: haproxyConcerns,
  paths(_, { facts }) {
    return facts === null ? [] : foldersOf(facts.config).map(({ folder }) => folder)
  },
  check(wanted, node) {
    const { facts } = node.haproxy
    if (facts === null) return []
    const missing = foldersOf(facts.config)
      .filter(({ folder }) => !isFolder(folder, wanted, node))
      .map((needed): Finding => {
        const { file, line, text, folder, isCertain, effect } = needed
        return {
          rule: haproxyFolders.id,
          level: isCertain ? 'error' : 'warning',
          place: placeOfLine(needed, wanted),
          message: `${file}:${line} ${text}: ${folder} ${describePlace(folder, node)}, and no task makes it: haproxy ${isCertain ? 'could' : 'may'} not start, ${effect}; add a task "file: {path: ${folder}, state: directory}" before haproxy runs, or name another folder`,
        }
      })
    return [...missing, ...judgeChroot(facts.config, wanted, node)]
  },
}

interface Needed {
  readonly file: string
  readonly line: number
  readonly text: string
  readonly folder: string
  readonly isCertain: boolean
  readonly effect: string
}

function foldersOf(config: HaproxyConfig): readonly Needed[] {
  const chroot = chrootOf(config)
  const sockets = readSocketFiles(config).map((one) => ({
    ...one,
    folder: posix.dirname(one.path),
    effect: 'as it could not make the socket',
  }))
  return chroot === null
    ? sockets
    : [{ ...chroot, effect: 'and a reload may end the one that runs' }, ...sockets]
}

/** A jail that haproxy's own user can write to is none. */
function judgeChroot(config: HaproxyConfig, wanted: Wanted, node: NodeView): readonly Finding[] {
  const chroot = chrootOf(config)
  const found = chroot === null ? null : (node.paths.get(chroot.folder) ?? null)
  if (chroot === null || found?.type !== 'directory') return []
  const user = findGlobal(config, 'user')?.words[1]
  const group = findGlobal(config, 'group')?.words[1]
  const isWritable =
    (found.mode & 0o002) !== 0 ||
    (found.owner === user && user !== 'root') ||
    (found.group === group && group !== 'root' && (found.mode & 0o020) !== 0)
  if (!isWritable) return []
  return [
    {
      rule: haproxyFolders.id,
      level: 'warning',
      place: placeOfLine(chroot, wanted),
      message: `${chroot.file}:${chroot.line} ${chroot.text}: haproxy's own user may write there, so it holds nobody; give it to root with mode 0755`,
    },
  ]
}

function chrootOf(config: HaproxyConfig): Omit<Needed, 'effect'> | null {
  const found = findGlobal(config, 'chroot')
  const folder = found?.words[1]
  if (found === null || folder === undefined || !isKnown(folder)) return null
  const { file, line, isCertain } = found
  return { file, line, text: `chroot ${folder}`, folder, isCertain }
}

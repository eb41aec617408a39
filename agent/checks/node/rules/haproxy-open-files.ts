import { findGlobal } from '../../../programs/haproxy/config.ts'
import { readSocketFiles } from '../../../programs/haproxy/listeners.ts'
import { countFilesNeeded } from '../haproxy-files-needed.ts'
import { haproxyListeners, placeOfLine } from '../haproxy-listeners.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'

/** More connections than the unit may open files for: "Cannot raise FD limit", and no start. */
export const haproxyOpenFiles: NodeRule = {
  id: 'haproxy-open-files',
  concerns: haproxyConcerns,
  check(wanted, node) {
    const { facts } = node.haproxy
    // -n on the command line beats maxconn
    if (facts === null || facts.command.maxConnections !== null) return []
    const { config } = facts
    const sockets = [
      ...haproxyListeners(wanted, node),
      ...readSocketFiles(config).map((one) => ({ ...one, first: 0, last: 0 })),
    ].filter(({ isCertain }) => isCertain)
    const listeners = sockets.reduce((sum, { first, last }) => sum + last - first + 1, 0)
    const needed = countFilesNeeded(config, listeners)
    if (needed === null) return []
    const own = Number(findGlobal(config, 'fd-hard-limit')?.words[1] ?? Infinity)
    const limit =
      own < node.fileLimit.files ? { files: own, source: 'fd-hard-limit' } : node.fileLimit
    if (needed.files <= limit.files) return []
    const { line, files } = needed
    const [keyword = '', value = ''] = line.words
    const most = Math.floor((limit.files - (files - 2 * Number(value))) / 2)
    const lower = keyword === 'maxconn' && most > 0 ? `at most ${most}` : 'less'
    return [
      {
        rule: haproxyOpenFiles.id,
        level: 'error',
        place: placeOfLine(line, wanted),
        message: `${line.file}:${line.line} ${keyword} ${value} needs at least ${files} open files, and haproxy may have ${limit.files} (${limit.source}): it could not start; raise that limit (haproxy_nofile), or ask for ${lower}`,
      },
    ]
  },
}

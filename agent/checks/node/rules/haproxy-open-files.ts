import {
  findGlobal,
  haproxyConfigPath,
  readHaproxyLines,
} from '../../../programs/haproxy/haproxy-lines.ts'
import { readHaproxySocketFiles } from '../../../programs/haproxy/haproxy-listener.ts'
import { countFilesNeeded } from '../haproxy-files-needed.ts'
import { haproxyConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { listenersOf, wantedHaproxy } from './haproxy-port-held.ts'

/** More connections than the unit may open files for: "Cannot raise FD limit", and no start. */
export const haproxyOpenFiles: NodeRule = {
  id: 'haproxy-open-files',
  concerns: haproxyConcerns,
  check(wanted, node) {
    const config = wantedHaproxy(wanted)
    if (config === null) return []
    // -n on the command line beats maxconn
    if (/[\s"']-n\s*\d/.test(wanted.files.get('/etc/default/haproxy')?.text ?? '')) return []
    const lines = readHaproxyLines(config.text)
    const ports = listenersOf(config, wanted, node).map(({ first, last }) => last - first + 1)
    const listeners = ports.reduce((sum, one) => sum + one, readHaproxySocketFiles(lines).length)
    const needed = countFilesNeeded(lines, listeners)
    if (needed === null) return []
    const own = Number(findGlobal(lines, 'fd-hard-limit')?.words[1] ?? Infinity)
    const limit =
      own < node.fileLimit.files ? { files: own, source: 'fd-hard-limit' } : node.fileLimit
    if (needed.files <= limit.files) return []
    const { line, text, files } = needed
    const most = Math.floor((limit.files - (files - 2 * Number(text.split(' ')[1]))) / 2)
    const lower = text.startsWith('maxconn') && most > 0 ? `at most ${most}` : 'less'
    return [
      {
        rule: haproxyOpenFiles.id,
        level: 'error',
        place: config.place,
        message: `${haproxyConfigPath}:${line} ${text} needs at least ${files} open files, and haproxy may have ${limit.files} (${limit.source}): it could not start; raise that limit (haproxy_nofile), or ask for ${lower}`,
      },
    ]
  },
}

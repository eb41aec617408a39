import { posix } from 'node:path'
import { readRsyslogOutputs } from '../../../programs/rsyslog/config.ts'
import type { RsyslogOutput } from '../../../programs/rsyslog/config.ts'
import type { Finding } from '../../finding.ts'
import type { NodeView } from '../node-view.ts'
import { rsyslogConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import type { Wanted } from '../wanted.ts'
import { wantedRsyslog } from './rsyslog-input.ts'

/** A log file that rsyslog can't write: it starts, and drops what belongs there; `-N1` accepts it. */
export const rsyslogOutput: NodeRule = {
  id: 'rsyslog-output',
  concerns: rsyslogConcerns,
  paths: (wanted) =>
    wantedRsyslog(wanted).flatMap(([, { text }]) =>
      readRsyslogOutputs(text).flatMap(({ path }) => [path, ...parents(path)]),
    ),
  check: (wanted, node) =>
    wantedRsyslog(wanted).flatMap(([config, file]) =>
      readRsyslogOutputs(file.text).flatMap((output): readonly Finding[] => {
        const fault = findFault(output, wanted, node)
        if (fault === null) return []
        return [
          {
            rule: rsyslogOutput.id,
            level: 'error',
            place: file.place,
            message: `${config}:${output.line} ${output.path}: ${fault}: rsyslog would run, and lose what is meant for this file; name another file`,
          },
        ]
      }),
    ),
}

function findFault(output: RsyslogOutput, wanted: Wanted, node: NodeView): string | null {
  if (node.paths.get(output.path)?.type === 'directory') return 'it is a folder'
  // From the nearest folder up: what is above the first one that exists is a folder too
  for (const folder of parents(output.path)) {
    if (wanted.folders.has(folder)) return null
    const found = node.paths.get(folder) ?? null
    if (found !== null) return found.type === 'directory' ? null : `${folder} is not a folder`
    if (!output.makesFolders) return `${folder} does not exist, and createDirs is off`
  }
  return null
}

function parents(path: string): readonly string[] {
  const parent = posix.dirname(path)
  return parent === path ? [] : [parent, ...parents(parent)]
}

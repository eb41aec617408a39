import { readRsyslogInputs } from '../../../programs/rsyslog/config.ts'
import type { RsyslogInput } from '../../../programs/rsyslog/config.ts'
import type { Finding } from '../../finding.ts'
import { adviseHolder, findHolders, showHolder } from '../holder.ts'
import { isLocalAddress } from '../node-address.ts'
import { settingOf } from '../node-view.ts'
import type { NodeView } from '../node-view.ts'
import { rsyslogConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { isStopped } from '../wanted.ts'
import type { Wanted, WantedFile } from '../wanted.ts'

/**
 * A port that rsyslog can't open. It starts all the same and logs nothing that is sent there; `-N1`
 * accepts it (8.2302 and 8.2504).
 */
export const rsyslogInput: NodeRule = {
  id: 'rsyslog-input',
  concerns: rsyslogConcerns,
  check(wanted, node) {
    return wantedRsyslog(wanted).flatMap(([path, file]) =>
      readRsyslogInputs(file.text).flatMap((input) =>
        [...judgePort(input, wanted, node), ...judgeAddress(input, wanted, node)].map(
          ({ level, message }): Finding => ({
            rule: rsyslogInput.id,
            level,
            place: file.place,
            message: `${path}:${input.line} ${input.text}: ${message}`,
          }),
        ),
      ),
    )
  },
}

/** The desired files that rsyslog reads, by path. */
export function wantedRsyslog(wanted: Wanted): readonly (readonly [string, WantedFile])[] {
  if (isStopped(wanted, 'rsyslog.service')) return []
  const isRead = /^\/etc\/rsyslog\.(conf|d\/[^/]+\.conf)$/
  return [...wanted.files].filter(([path]) => isRead.test(path))
}

type Fault = Pick<Finding, 'level' | 'message'>

function judgePort(input: RsyslogInput, wanted: Wanted, node: NodeView): readonly Fault[] {
  return findHolders(input, 'rsyslog.service', wanted, node).map((holder) => ({
    level: holder.isManaged ? 'warning' : 'error',
    message: `${showHolder(holder)}: rsyslog would run, and get nothing of what is sent there; ${adviseHolder(holder)}, or take another port`,
  }))
}

function judgeAddress(input: RsyslogInput, wanted: Wanted, node: NodeView): readonly Fault[] {
  const { address, families, isFree } = input
  if (address === null || node.addresses === null) return []
  if (isLocalAddress(address, node.addresses)) return []
  if (isFree) {
    const message =
      'this node does not have the address: nothing is heard there until it gets it; name an address of the node, or 127.0.0.1 for haproxy on it'
    return [{ level: 'warning', message }]
  }
  const key = `net/${families[0] ?? 'ipv4'}/ip_nonlocal_bind`
  if ((settingOf(key, wanted, node) ?? '0') !== '0') return []
  const message =
    'this node does not have the address: rsyslog would run, and not listen there; name an address of the node'
  return [{ level: 'error', message }]
}

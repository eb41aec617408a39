import type { Bind } from '../../../programs/haproxy/binds.ts'
import { findSharedBinds } from '../../../programs/haproxy/shared-binds.ts'
import type { SharedBind } from '../../../programs/haproxy/shared-binds.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredHaproxy } from '../haproxy-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/** Two binds on one address and port, which `haproxy -c` accepts: some of the connections go astray. */
export const bindTwice: Rule = { id: 'bind-twice', check }

const consequences: Readonly<Record<SharedBind['outcome'], string>> = {
  shared: 'haproxy would open both, and the kernel would deal connections out to them by chance',
  replaced: 'the second would take the place of the first, which nobody could reach',
  refused: 'haproxy would not start',
  same: 'haproxy opens both, and both do the same',
}

function check({ self }: PreflightInput): readonly Finding[] {
  return findSharedBinds(readDesiredHaproxy(self)).flatMap(({ first, second, outcome }) => {
    const place = self.files.get(second.line.file)?.place
    if (place === undefined) return []
    return [
      {
        rule: bindTwice.id,
        level: outcome === 'same' ? 'warning' : 'error',
        place,
        message: `${show(second)} is on the address and port of ${show(first)}: ${consequences[outcome]}; leave one of them out, or give it another address or port`,
      },
    ]
  })
}

/** `/etc/haproxy/haproxy.cfg:12 "bind *:80" of frontend web`. */
function show({ line, keyword, name, section }: Bind): string {
  const where = section.name === '' ? section.keyword : `${section.keyword} ${section.name}`
  return `${line.file}:${line.line} "${keyword} ${name}" of ${where}`
}

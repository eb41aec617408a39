import type { ConfigLine } from '../../../programs/haproxy/lines.ts'
import type { Section } from '../../../programs/haproxy/sections.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredHaproxy } from '../haproxy-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * Two types of check in one section: haproxy goes by the last one alone, without a word (each clears PR_O2_CHK_ANY).
 * The role writes `options` before `httpchk` and `tcp_check`, in whatever order they were given, so that there
 * the wrong one may count; in a file of the user's own the order is the user's.
 */
export const checkTwice: Rule = { id: 'check-twice', check }

const types =
  /^(httpchk|tcp-check|ssl-hello-chk|smtpchk|mysql-check|pgsql-check|redis-check|ldap-check|spop-check|external-check)$/
/** What the role writes for a variable of its own. */
const ofVariable = /^(httpchk|tcp-check)$/
const roleFile = /(^|[ /])roles\/haproxy\/tasks\/main\.yml$/

function check({ self }: PreflightInput): readonly Finding[] {
  return readDesiredHaproxy(self).sections.flatMap((section): readonly Finding[] => {
    const all = checksOf(section)
    const [last, ...earlier] = all.toReversed()
    const other = earlier.find((one) => typeOf(one) !== (last && typeOf(last)))
    if (last === undefined || other === undefined) return []
    const place = self.files.get(last.file)?.place
    if (place === undefined) return []
    const isOfRole = roleFile.test(place.file) && ofVariable.test(typeOf(last))
    return [
      {
        rule: checkTwice.id,
        level: isOfRole ? 'error' : 'warning',
        place,
        message: `${section.keyword} ${section.name} has two types of check, and haproxy goes by the last one alone: ${show(last)} counts, ${show(other)} does not; leave one of them out`,
      },
    ]
  })
}

function checksOf({ lines }: Section): readonly ConfigLine[] {
  return lines.filter(
    ({ words: [first, option = ''], isCertain }) =>
      isCertain && first === 'option' && types.test(option),
  )
}

function typeOf({ words }: ConfigLine): string {
  return words[1] ?? ''
}

function show(line: ConfigLine): string {
  return `"option ${typeOf(line)}" (${line.file}:${line.line})`
}

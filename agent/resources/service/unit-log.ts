import type { System } from '../../system/system.ts'
import { lastLines } from '../last-lines.ts'

/** What a line about a failure looks like, in haproxy's, keepalived's, rsyslog's and systemd's words. */
const telling = /alert|emerg|error|fail|cannot|can't|denied|invalid|unknown|unable/i

/**
 * A failure of a unit in one line, with what the unit logged about it.
 * @param since milliseconds since the epoch: older lines are about something else
 */
export async function explainUnit(
  unit: string,
  what: string,
  since: number,
  system: Pick<System, 'run'>,
): Promise<string> {
  // Newest first: systemd 252 takes the oldest lines when --since and -n come together
  const range = ['-r', '-n', '50', '--since', `@${Math.floor(since / 1000)}`]
  const argv = ['journalctl', '-u', unit, '-o', 'cat', '--no-pager', '-q', ...range]
  // Only an addition: a node whose journal can't be read still gets the sentence
  const log = (await system.run(argv).catch(() => null))?.stdout ?? ''
  const lines = log.split('\n').reverse()
  // What systemd adds, and names the unit in, is in the error already
  const about = lines.filter((line) => telling.test(line) && !line.includes(unit))
  const said = lastLines((about.length > 0 ? about : lines).join('\n'), 3)
  return `${unit} ${what}${said === '' ? '' : `; its log says: ${said}`}`
}

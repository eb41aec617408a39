import { LocalError } from '../system/errors.ts'
import type { System } from '../system/system.ts'

const properties = 'ActiveState,SubState,StatusText,NRestarts'
const argv = ['systemctl', 'show', 'evenkeel.service', `--property=${properties}`]

/**
 * Why systemd has no daemon up though it should: in the daemon's own last words, which systemd keeps until the
 * next start. null: nobody wants it up, it is just starting, or there is no systemd.
 */
export async function findStartFault(system: Pick<System, 'run'>): Promise<string | null> {
  const { code, stdout } = await system.run(argv).catch(nothing)
  if (code !== 0) return null
  const shown = new Map(
    stdout.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split('=')
      return [name, value.join('=')]
    }),
  )
  const hasFailed = shown.get('SubState') === 'auto-restart' || Number(shown.get('NRestarts')) > 0
  const isTriedAgain = shown.get('ActiveState') === 'activating' && hasFailed
  if (!isTriedAgain && shown.get('ActiveState') !== 'failed') return null
  const words = shown.get('StatusText') || '"journalctl -u evenkeel" says why'
  const next = isTriedAgain
    ? 'systemd starts it again every few seconds'
    : '"systemctl restart evenkeel" starts it again'
  return `does not run: ${words}\nHaproxy is not watched meanwhile, and nothing is repaired; ${next}.`
}

/** Without systemd nobody starts it again. */
function nothing(error: unknown): { readonly code: null; readonly stdout: string } {
  if (error instanceof LocalError) return { code: null, stdout: '' }
  throw error
}

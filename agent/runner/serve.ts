import type { Node } from '../converge.ts'
import { UsageError } from '../errors.ts'
import { fromSent } from './message.ts'
import type { RunnerMessage, SentRequest } from './message.ts'

/** Signals that are for whoever started us: systemd sends them to all processes of a unit. */
const notForUs = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const

/**
 * The runner's own side: does one run for each request that arrives, until the channel closes. The run
 * that is in hand then still comes to its end.
 * @throws UsageError without a channel
 */
export async function serveRuns(node: Node): Promise<void> {
  if (process.send === undefined) {
    throw new UsageError('only the daemon starts this; "evenkeel converge" is one run')
  }
  for (const signal of notForUs) process.on(signal, () => {})
  const closed = new Promise<void>((resolve) => process.once('disconnect', () => resolve()))
  let last: Promise<void> = Promise.resolve()
  process.on('message', (sent: SentRequest) => {
    last = last.then(() => serve(sent, node))
  })
  // Loaded while nobody waits for it yet
  await import('../converge.ts')
  await closed
  await last
}

async function serve(sent: SentRequest, node: Node): Promise<void> {
  const { converge } = await import('../converge.ts')
  const end = await converge(fromSent(sent), node, (event) => tell({ type: 'event', event }))
  tell({ type: 'end', end })
}

/** Nobody hears what is told once the channel is closed, and nothing depends on it. */
function tell(message: RunnerMessage): void {
  if (process.connected) process.send?.(message, () => {})
}

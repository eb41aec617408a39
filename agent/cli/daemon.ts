import { createLog } from '../diagnostics/log.ts'
import { messageOf } from '../system/errors.ts'
import { createServiceManager } from '../system/service-manager.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'
import { programVersion } from './version.ts'

const help = `
Signals:
  SIGUSR1          a run now
  SIGHUP           read agent.yml again (systemctl reload evenkeel)
  SIGTERM, SIGINT  no new runs; ends when the run in hand has come to its end

It logs one JSON object a line. install.sh sets it up as evenkeel.service.`

/** `evenkeel daemon`: the agent that goes on running. */
export function addDaemon({ program, node }: Verb): void {
  program
    .command('daemon')
    .description('converge on schedule, and as soon as a managed file changes; does not return')
    .option('-v, --verbose', 'log runs that found nothing to do, too')
    .addHelpText('after', help)
    .action(async (flags: { verbose?: boolean }) => {
      requireRoot()
      const { startDaemon } = await import('../daemon/daemon.ts')
      const { startRunner } = await import('../daemon/runner/runner.ts')
      const log = createLog(
        (line) => process.stdout.write(line),
        () => node.system.now(),
        {
          least: flags.verbose === true ? 'debug' : 'info',
          forJournal: process.env['JOURNAL_STREAM'] !== undefined,
        },
      )
      const manager = createServiceManager(process.env, node.system)
      const daemon = await startDaemon({
        node,
        startRunner,
        log,
        manager,
        version: programVersion,
      }).catch(async (error: unknown) => {
        // systemd starts us again and again: until that succeeds, "systemctl status" shows why it does not
        await manager.tell(null, messageOf(error))
        throw error
      })
      process.on('SIGUSR1', () => daemon.runNow())
      process.on('SIGHUP', () => void daemon.reload())
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
      })
      await daemon.stop()
    })
}

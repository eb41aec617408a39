import type { Request } from '../converge/request.ts'
import { askForRun } from '../daemon/control/ask-daemon.ts'
import { controlSocket } from '../daemon/control/message.ts'
import { warn } from '../diagnostics/warning.ts'
import type { Listener, Report, RunEvent } from '../report/report.ts'
import { exitCode } from '../system/errors.ts'
import { formatClosing, formatResult } from './format/format-report.ts'
import type { Style } from './format/format-report.ts'
import { makeRequest, requireRoot } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import type { Verb } from './verb.ts'

/** What only some of the verbs ask of a run. */
interface More extends Partial<Pick<Request, 'cause' | 'rollBackTo'>> {
  /** Exit 2 when changes were made. */
  readonly tellChanges?: boolean
}

/**
 * Runs `plan` or `converge` and prints it while it goes on, or as one JSON object at its end. The daemon
 * does it where one runs; the output is the same.
 */
export async function runAndReport(
  mode: 'plan' | 'converge',
  flags: RunFlags,
  verb: Verb,
  more: More = {},
): Promise<void> {
  requireRoot()
  const style: Style = {
    diff: flags.diff === true,
    verbose: flags.verbose === true,
    color: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  }
  const isJson = flags.json === true
  const on = (event: RunEvent): void => show(event, style, isJson)
  // What is wrong with the flags is told here, with a daemon or without one
  const request = makeRequest(mode, flags, more)
  const report = (await runInDaemon(request, verb, on)) ?? (await runAlone(request, verb, on))
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`)
  else process.stdout.write(`${formatClosing(report, style)}\n`)
  const isChanged = report.results.some(({ status }) => status === 'changed')
  const hasDrift = more.tellChanges === true && report.outcome === 'converged' && isChanged
  verb.end(hasDrift ? exitCode.drift : report.exitCode)
}

async function runAlone(request: Request, { node }: Verb, on: Listener): Promise<Report> {
  const { converge } = await import('../converge/converge.ts')
  const { report, profile } = await converge(request, node, { on })
  const isPaired =
    profile !== null && profile.scope.keepalived !== null && profile.scope.peers.length > 0
  if (request.cause !== 'schedule' || !isPaired) return report
  return { ...report, warnings: [...report.warnings, needsDaemon] }
}

const needsDaemon = warn(
  'daemon-needed',
  'this node shares VIPs and is converged on schedule without the daemon: hand edits stay until the next run, a haproxy that hangs is found late, and nothing keeps both nodes from changing at the same time; "systemctl enable --now evenkeel" starts it',
)

/** null: no daemon runs. */
async function runInDaemon(request: Request, { node }: Verb, on: Listener): Promise<Report | null> {
  const leave = (signal: NodeJS.Signals): void => {
    process.stderr.write(
      '\nevenkeel: the run goes on in the daemon: "evenkeel status" shows how it ends, "journalctl -fu evenkeel" what it does\n',
    )
    stopLeaving()
    process.kill(process.pid, signal)
  }
  const stopLeaving = (): void => void process.off('SIGINT', leave).off('SIGTERM', leave)
  try {
    return await askForRun(controlSocket(node.paths), request, {
      on,
      onAccepted: () => void process.on('SIGINT', leave).on('SIGTERM', leave),
    })
  } finally {
    stopLeaving()
  }
}

/** Steps go to stderr: they are progress for who watches, not part of what was asked for. */
function show(event: RunEvent, style: Style, isJson: boolean): void {
  if (event.type === 'step') process.stderr.write(`… ${event.message}\n`)
  else if (event.type === 'result' && !isJson) {
    const text = formatResult(event.result, style)
    if (text !== null) process.stdout.write(`${text}\n`)
  }
}

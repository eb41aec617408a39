import type { Request } from '../converge.ts'
import { exitCode } from '../errors.ts'
import { formatClosing, formatResult } from '../report/format-report.ts'
import type { Style } from '../report/format-report.ts'
import type { RunEvent } from '../report/report.ts'
import { extraVars, folderOf, requireRoot, tagChoice } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import type { Verb } from './verb.ts'

/** What only some of the verbs ask of a run. */
interface More extends Partial<Pick<Request, 'cause' | 'rollBackTo'>> {
  /** Exit 2 when changes were made. */
  readonly tellChanges?: boolean
}

/** Runs `plan` or `converge` and prints it while it goes on, or as one JSON object at its end. */
export async function runAndReport(
  mode: 'plan' | 'converge',
  flags: RunFlags,
  verb: Verb,
  more: More = {},
): Promise<void> {
  requireRoot()
  const { converge } = await import('../converge.ts')
  const style: Style = {
    diff: flags.diff === true,
    verbose: flags.verbose === true,
    color: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  }
  const isJson = flags.json === true
  const request: Request = {
    mode,
    folder: folderOf(flags),
    choice: tagChoice(flags),
    extraVars: extraVars(flags),
    cause: more.cause ?? 'person',
    rollBackTo: more.rollBackTo ?? null,
  }
  const { report } = await converge(request, verb.node, (event) => show(event, style, isJson))
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`)
  else process.stdout.write(`${formatClosing(report, style)}\n`)
  const isChanged = report.results.some(({ status }) => status === 'changed')
  const hasDrift = more.tellChanges === true && report.outcome === 'converged' && isChanged
  verb.end(hasDrift ? exitCode.drift : report.exitCode)
}

/** Steps go to stderr: they are progress for who watches, not part of what was asked for. */
function show(event: RunEvent, style: Style, isJson: boolean): void {
  if (event.type === 'step') process.stderr.write(`… ${event.message}\n`)
  else if (event.type === 'result' && !isJson) {
    const text = formatResult(event.result, style)
    if (text !== null) process.stdout.write(`${text}\n`)
  }
}

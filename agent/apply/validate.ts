import type { Planned } from '../plan/plan.ts'
import type { FileWrite } from '../resources/kind.ts'
import { CommitError } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import type { PlannedFile } from './planned-files.ts'
import type { Stage } from './stage.ts'

/** What a person needs of a validator's output; more than this is repetition. */
const shownLines = 12

/**
 * Asks everything that can refuse the drifted resources before any of them is applied: the checks of
 * their kinds, and the validators of all new files, which see all of them in place.
 * @throws CommitError with all refusals
 */
export async function validate(
  items: readonly Planned[],
  files: readonly PlannedFile[],
  stage: Stage,
  system: System,
): Promise<void> {
  const problems: Problem[] = []
  for (const { resource } of items) {
    try {
      await resource.kind.check?.(resource.spec, resource.place, system)
    } catch (error) {
      if (!(error instanceof CommitError)) throw error
      problems.push(...error.problems)
    }
  }
  // Two drop-ins of one daemon have the same validator: it sees both, and runs once.
  const asked = new Set<string>()
  for (const { resource, file } of files) {
    const argv = validatorOf(file, stage)
    if (argv === null || asked.has(JSON.stringify(argv))) continue
    asked.add(JSON.stringify(argv))
    const message = await refusal(argv, file, stage)
    if (message !== null) problems.push({ place: resource.place, message })
  }
  if (problems.length > 0) throw new CommitError(problems)
}

function validatorOf(file: FileWrite, stage: Stage): readonly string[] | null {
  if (file.validate === undefined || file.content === null) return null
  return file.validate.map((word) => word.replaceAll('%s', stage.path(file.path)))
}

async function refusal(
  argv: readonly string[],
  file: FileWrite,
  stage: Stage,
): Promise<string | null> {
  const result = await stage.run(argv)
  if (result.code === 0) return null
  const command = (argv[0] === 'sh' ? argv.slice(2) : argv).join(' ')
  if (result.timedOut) return `"${command}" did not answer in time; ${file.path} was not replaced`
  const lines = `${result.stderr}\n${result.stdout}`.split('\n').map((line) => line.trimEnd())
  // keepalived says the same once for each of its processes.
  const said = [...new Set(lines)].filter((line) => line !== '')
  const shown = said.slice(0, shownLines).map((line) => `\n    ${line}`)
  const quoted = quoteLines(said, file)
  return `"${command}" refuses the new ${file.path} (exit ${result.code}):${shown.join('')}${quoted}`
}

/** The lines of the rendered file that a validator complains of, since nobody has that file yet. */
function quoteLines(said: readonly string[], file: FileWrite): string {
  if (file.noLog === true || file.content === null) return ''
  const numbers = said.flatMap((line) => {
    const found = new RegExp(`${escape(file.path)}(?::|[^\\n]*?[Ll]ine )(\\d+)`).exec(line)
    return found?.[1] === undefined ? [] : [Number(found[1])]
  })
  const lines = new TextDecoder().decode(file.content).split('\n')
  return [...new Set(numbers)]
    .slice(0, 3)
    .map((number) => `\n    line ${number} of it: ${lines[number - 1]?.trim() ?? ''}`)
    .join('')
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

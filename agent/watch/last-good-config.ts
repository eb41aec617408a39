import { join } from 'node:path'
import type { HaproxyScope } from '../health/health-scope.ts'
import type { CommandLine } from '../programs/haproxy/command-line.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

type Disk = Pick<System, 'readFile' | 'inspect' | 'writeFile' | 'run'>

/** The haproxy.cfg that haproxy last ran well with, and the one that was replaced by it. */
const names = { good: 'haproxy.cfg.good', refused: 'haproxy.cfg.refused' } as const

/**
 * Keeps the configuration that a worker has begun with and has run well. One that was written since it
 * began is not it.
 * @param began milliseconds since the epoch
 */
export async function keepGoodConfig(
  { file }: Pick<HaproxyScope, 'file'>,
  began: number,
  paths: Pick<Paths, 'state'>,
  system: Disk,
): Promise<void> {
  const found = await system.inspect(file, { follows: true })
  if (!found?.content || found.stat.mtime > began) return
  await save(join(paths.state, names.good), found.content, system)
}

/**
 * Puts the last good configuration back if haproxy refuses the present one and not that: a start would
 * fail for ever. The refused one is kept. Both are tried with the other files of the command line.
 * @param command of the haproxy that ran last; null: not known
 * @returns one sentence, or null when there was nothing to do
 */
export async function putGoodConfigBack(
  { file }: Pick<HaproxyScope, 'file'>,
  command: CommandLine | null,
  paths: Pick<Paths, 'state'>,
  system: Disk,
): Promise<string | null> {
  const goodFile = join(paths.state, names.good)
  const good = await system.readFile(goodFile)
  const found = await system.inspect(file, { follows: true })
  const present = found?.content ?? null
  if (good === null || (present !== null && Buffer.from(good).equals(present))) return null
  const configs = command?.configs.includes(file) ? command.configs : [file]
  // Only a master takes programs
  const check = ['haproxy', ...(command?.hasMaster ? ['-W'] : []), '-c', '-q']
  const isValid = async (path: string): Promise<boolean> => {
    const argv = [...check, ...configs.flatMap((one) => ['-f', one === file ? path : one])]
    return (await system.run(argv, { timeout: 10_000, cwd: command?.folder ?? '/' })).code === 0
  }
  if ((found !== null && (await isValid(file))) || !(await isValid(goodFile))) return null
  const refused = join(paths.state, names.refused)
  if (present !== null) await save(refused, present, system)
  const { mode = 0o640, owner = 'root', group = 'haproxy' } = found?.stat ?? {}
  await system.writeFile(file, { content: good, mode, owner, group })
  const where = present === null ? '' : ` (the refused one is ${refused})`
  return `haproxy refuses ${file}, so the last one that ran well was put back${where}`
}

async function save(path: string, content: Uint8Array, system: Disk): Promise<void> {
  const present = await system.readFile(path)
  if (present !== null && Buffer.from(present).equals(content)) return
  await system.writeFile(path, { content, mode: 0o600, owner: 'root', group: 'root' })
}

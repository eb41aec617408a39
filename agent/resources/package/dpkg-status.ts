import type { System } from '../../system/system.ts'
import { askTogether } from '../together.ts'

type Machine = Pick<System, 'run' | 'stat' | 'list'>

/** Answers by name, and the state of dpkg's database in which they were given. */
interface Known {
  readonly version: string
  readonly answers: Map<string, string | null>
}

const known = new WeakMap<Machine['run'], Known>()

/**
 * dpkg's status of a package: `installed`, `config-files`, …; null when it knows none of that name. Asks only
 * when the database has changed since, which dpkg replaces as a whole, or adds to a folder beside it.
 */
export async function readDpkgStatus(name: string, system: Machine): Promise<string | null> {
  return (await ask(name, system)) ?? null
}

const ask = askTogether(async (names: readonly string[], system: Machine) => {
  const version = await readVersion(system)
  let { answers, ...found } = known.get(system.run) ?? { version: null, answers: new Map() }
  if (version === null || found.version !== version) answers = new Map()
  const missing = names.filter((name) => !answers.has(name))
  if (missing.length > 0) {
    const format = '${Package}\t${db:Status-Status}\n'
    // Exits with 1 when it knows nothing of one of them, and still prints the others: dpkg-query(1)
    const { stdout } = await system.run(['dpkg-query', '-W', '-f', format, ...missing])
    const status = parseStatus(stdout)
    for (const name of missing) answers.set(name, status.get(name) ?? null)
  }
  if (version !== null) known.set(system.run, { version, answers })
  return answers
})

/** null: there is no database to tell by. */
async function readVersion(system: Machine): Promise<string | null> {
  const stat = await system.stat('/var/lib/dpkg/status')
  if (stat === null) return null
  const updates = (await system.list('/var/lib/dpkg/updates')) ?? []
  return `${stat.mtime} ${stat.size} ${updates.join(' ')}`
}

/** With several architectures of one package, an installed one wins. */
function parseStatus(stdout: string): ReadonlyMap<string, string> {
  const status = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    const [name, found] = line.split('\t')
    if (name === undefined || found === undefined || found === 'not-installed') continue
    // Installed, but another package still has to react to it
    const settled = found.startsWith('triggers-') ? 'installed' : found
    if (status.get(name) !== 'installed') status.set(name, settled)
  }
  return status
}

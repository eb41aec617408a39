import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recover } from '../../../agent/apply/recover.ts'
import type { TransactionInput } from '../../../agent/apply/transaction-input.ts'
import { transact } from '../../../agent/apply/transaction.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { CommitError, LocalError, messageOf } from '../../../agent/system/errors.ts'
import type { RunResult, System } from '../../../agent/system/system.ts'
import { inputFor } from '../../apply/sample.ts'
import type { Target } from './targets.ts'

/** How an attack went. */
export interface Attack {
  readonly rounds: number
  /** Rounds by how they ended: `converged`, `rolled-back`, `in-sync`, `failed`, `refused`. */
  readonly ends: Readonly<Record<string, number>>
  /** What the attacker has won; the attack is over with the first of it. */
  readonly won: readonly string[]
}

/** Of all folders of an attack, the one that the attacker owns and the one that it wants to get at. */
interface Places {
  readonly base: string
  readonly home: string
  readonly outside: string
}

const nobody = 65_534
const secret = 'the words that nobody else may read'

/**
 * Lets the whole agent, on real files, converge, roll back, recover and prune in the folder of a user who swaps
 * everything there all the time, and looks after each round whether that user has got beyond their folder.
 * @param isOver asked after each round
 */
export async function attackTarget(
  { paths, resources }: Target,
  seed: number,
  isOver: (rounds: number) => boolean,
): Promise<Attack> {
  const places = makePlaces()
  const { base, home, outside } = places
  const before = lookAt(places)
  const words = [join(import.meta.dirname, 'attacker.ts'), home, outside, String(seed), ...paths]
  const attacker = spawn(process.execPath, ['--import', 'tsx', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ends: Record<string, number> = {}
  let owned: TransactionInput['owned'] = []
  let won: readonly string[] = []
  let rounds = 0
  try {
    await once(attacker.stdout, 'data')
    do {
      rounds += 1
      // Each side with and without a gate that refuses it; now and then all of it is pruned
      const asked = rounds % 7 === 0 ? [] : resources(home, rounds % 4 < 2 ? 'one' : 'two')
      const isRefused = rounds % 2 === 1
      const input = inputFor({ resources: asked }, withoutFirewall(createSystem()), {
        owned,
        paths: { state: join(base, 'state'), run: join(base, 'run') },
        remember: async (next) => {
          owned = next
        },
        gate: async () => async () => ({ faults: isRefused ? ['is worse'] : [], newer: null }),
      })
      const { end, said } = await playRound(input, rounds % 3 === 0)
      ends[end] = (ends[end] ?? 0) + 1
      won = findWon(before, places, said)
    } while (won.length === 0 && !isOver(rounds))
  } finally {
    attacker.kill('SIGKILL')
    await once(attacker, 'close')
    fs.rmSync(base, { recursive: true })
  }
  return { rounds, ends, won }
}

/** A run, and what a next one begins with: the recovery of what was not brought back. */
async function playRound(
  input: TransactionInput,
  isBoot: boolean,
): Promise<{ readonly end: string; readonly said: string }> {
  const { paths, system } = input
  try {
    const { outcome, results } = await transact(input)
    const recovered = await recover(paths, system, () => {}, isBoot)
    return { end: outcome, said: JSON.stringify([results, recovered]) }
  } catch (error) {
    if (!(error instanceof CommitError || error instanceof LocalError)) throw error
    return { end: 'refused', said: messageOf(error) }
  }
}

/** Of the firewall only its files: what is in the kernel would be this machine's. */
function withoutFirewall(system: System): System {
  const ended: RunResult = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '' }
  const table =
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
  const isNone = /iptables-restore|^systemd-run |^systemctl /
  return {
    ...system,
    async run(argv, options) {
      const line = argv.join(' ')
      if (line.startsWith('iptables-save')) return { ...ended, stdout: table }
      return isNone.test(line) ? ended : system.run(argv, options)
    },
  }
}

/** What is out of reach has the names of what the agent manages in the attacker's folder. */
function makePlaces(): Places {
  const base = fs.mkdtempSync(join(tmpdir(), 'evenkeel-attack-'))
  const [home, outside] = [join(base, 'home'), join(base, 'outside')]
  fs.chmodSync(base, 0o755)
  for (const name of ['home', 'state', 'run', 'outside/inner', 'outside/a', 'outside/app.d']) {
    fs.mkdirSync(join(base, name), { recursive: true, mode: 0o755 })
  }
  fs.chownSync(home, nobody, nobody)
  for (const name of ['secret', 'app.conf', 'app.log', 'app', 'ATTACK.v4', 'inner/app.conf']) {
    fs.writeFileSync(join(outside, name), `one\n${secret}\n`, { mode: 0o600 })
  }
  // Anybody may write to it, and so give it a second name: fs.protected_hardlinks of proc_sys_fs(5)
  fs.writeFileSync(join(outside, 'open'), '')
  fs.chmodSync(join(outside, 'open'), 0o666)
  return { base, home, outside }
}

/** Everything that is not the attacker's: by path, all that would show a change. */
function lookAt({ base, outside }: Places): ReadonlyMap<string, string> {
  const below = fs.readdirSync(outside, { recursive: true, encoding: 'utf8' })
  const paths = [base, ...fs.readdirSync(base).map((name) => join(base, name))]
  return new Map(
    [...paths, ...below.map((name) => join(outside, name))].map((path) => {
      const { mode, uid, gid, nlink } = fs.lstatSync(path)
      const isOurs = fs.lstatSync(path).isFile() && !path.endsWith('/open')
      const content = isOurs ? fs.readFileSync(path) : ''
      const hash = createHash('sha256').update(content).digest('hex')
      return [path, [mode.toString(8), uid, gid, isOurs ? nlink : '', hash.slice(0, 8)].join(' ')]
    }),
  )
}

function findWon(
  before: ReadonlyMap<string, string>,
  places: Places,
  said: string,
): readonly string[] {
  const now = lookAt(places)
  const changed = [...new Set([...before.keys(), ...now.keys()])]
    .filter((path) => before.get(path) !== now.get(path))
    .map((path) => `${path} was ${before.get(path) ?? 'not there'}, and is ${now.get(path)}`)
  const leaked = filesBelow(places.home)
    .filter((path) => holdsSecret(path))
    .map((path) => `${path} holds the secret`)
  const told = said.includes(secret) ? [`the report holds the secret: ${said}`] : []
  const misled = /refuses the new/.test(said) ? [`a validator was misled: ${said}`] : []
  return [...changed, ...leaked, ...told, ...misled]
}

/** Ordinary files; what goes away meanwhile is left out. */
function filesBelow(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() ? [path] : []
    })
  } catch {
    return []
  }
}

/** Only its beginning, and never through a link or from a pipe. */
function holdsSecret(path: string): boolean {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants
  try {
    const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const isFile = fs.fstatSync(file).isFile()
      const start = Buffer.alloc(4096)
      return isFile && start.subarray(0, fs.readSync(file, start)).includes(secret)
    } finally {
      fs.closeSync(file)
    }
  } catch {
    return false
  }
}

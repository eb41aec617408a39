/** Measures what clients notice of each fault: see test/bench/failover --help. */
import { loadavg } from 'node:os'
import { appendFileSync } from 'node:fs'
import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { judge, median } from './judge.ts'
import { measure } from './measure.ts'
import type { Try } from './measure.ts'
import { ours } from './ours.ts'
import { balancers, bootPair } from './pair.ts'
import type { Pair } from './pair.ts'
import { createReference } from './reference.ts'
import type { Subject } from './subject.ts'
import { formatTable } from './table.ts'
import { awaitWell } from './well.ts'

/** Of the reference: each of its tries may take half a minute. */
const referenceTries = 5
/** Seconds for a pair that was just set up. */
const settling = 60

interface Options {
  readonly rows: readonly Fault[]
  readonly subjects: readonly Subject[]
  /** null: what each row says. */
  readonly tries: number | null
  /** Where every try is written, a JSON object a line; null: nowhere. */
  readonly log: string | null
}

function readOptions(words: readonly string[]): Options {
  let [wanted, tries, log]: [readonly string[], number | null, string | null] = [[], null, null]
  const subjects: Subject[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--tries') tries = Number(words[(i += 1)])
    else if (word === '--log') log = words[(i += 1)] ?? null
    else if (word === '--ours') subjects.push(ours)
    else if (word === '--reference') subjects.push(createReference(false))
    else if (word === '--reference-restarted') subjects.push(createReference(true))
    else if (faults.some(({ id }) => id === word)) wanted = [...wanted, word]
    else throw new Error(`"${word}" is no row: ${faults.map(({ id }) => id).join(' ')}`)
  }
  if (tries !== null && !(tries >= 1)) throw new Error('--tries needs a number')
  return {
    rows: faults.filter(({ id }) => wanted.length === 0 || wanted.includes(id)),
    subjects: subjects.length > 0 ? subjects : [createReference(false), ours],
    tries,
    log,
  }
}

/** One row: the nodes by turns, unless only one has power. */
async function measureRow(
  pair: Pair,
  subject: Subject,
  fault: Fault,
  options: Options,
): Promise<readonly Try[]> {
  const isOurs = subject.name === 'ours'
  const count = options.tries ?? (isOurs ? fault.tries : Math.min(fault.tries, referenceTries))
  const visits = pair.visit(fault.timeout ?? 60)
  const tries: Try[] = []
  for (let i = 0; i < count; i++) {
    const node = fault.peer === 'none' ? 'lb1' : (balancers[i % 2] ?? 'lb1')
    const one = await measure(pair, subject, fault, node, visits)
    tries.push(one)
    const line = JSON.stringify({ subject: subject.name, fault: fault.id, ...one })
    if (options.log !== null) appendFileSync(options.log, `${line}\n`)
    const problem = one.problem === null ? '' : `, ${one.problem}`
    process.stderr.write(
      `${subject.name}, ${fault.id} on ${node}: gap ${one.gap} ms, ${one.failed} failed${problem}\n`,
    )
  }
  await Promise.all(balancers.map((home) => visits[home].stop()))
  return tries
}

async function measureSubject(
  pair: Pair,
  subject: Subject,
  options: Options,
): Promise<ReadonlyMap<string, readonly Try[]>> {
  const results = new Map<string, readonly Try[]>()
  const isOurs = subject.name === 'ours'
  const rows = options.rows.filter((fault) => isOurs || fault.injectReference !== null)
  let installed: string | null = null
  let isAlone = false
  for (const fault of rows) {
    const own = (fault.options ?? []).join()
    if (installed !== own) await subject.install(pair, fault.options ?? [])
    installed = own
    if ((fault.peer === 'none') !== isAlone) {
      isAlone = fault.peer === 'none'
      if (isAlone) await pair.cutPower('lb2')
      else await pair.powerOn('lb2')
    }
    const problem = await awaitWell(pair, subject, isAlone, settling)
    if (problem !== null) throw new Error(`${subject.name}: ${problem}`)
    results.set(fault.id, await measureRow(pair, subject, fault, options))
  }
  if (isAlone) await pair.powerOn('lb2')
  await subject.remove(pair)
  return results
}

const options = readOptions(process.argv.slice(2))
const pair = await bootPair()
const results = new Map<Subject, ReadonlyMap<string, readonly Try[]>>()
for (const subject of options.subjects) {
  results.set(subject, await measureSubject(pair, subject, options))
}
const restart = median((results.get(ours)?.get('restart-alone') ?? []).map(({ gap }) => gap))
let isMet = true
const rows = options.rows.map((fault) => {
  const own = results.get(ours)?.get(fault.id) ?? []
  const problems = own.length === 0 ? null : judge(own, fault.limit, restart)
  isMet &&= (problems ?? []).length === 0
  return { fault, problems, tries: options.subjects.map((one) => results.get(one)?.get(fault.id)) }
})
process.stdout.write(
  `${formatTable(
    options.subjects.map(({ name }) => name),
    rows,
  )}\n`,
)
process.stdout.write(`load of this machine at the end: ${loadavg()[0]?.toFixed(1)}\n`)
pair.lab.down()
process.exit(isMet ? 0 : 1)

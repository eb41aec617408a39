import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kinds } from '../../agent/resources/index.ts'
import type { Change, FileWrite } from '../../agent/resources/kind.ts'
import { CommitError, LocalError } from '../../agent/system/errors.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

/** A behaviour of a kind: parameters and a machine lead to a drift, and the drift to what is done. */
interface Case {
  readonly spec: Readonly<Record<string, unknown>>
  readonly machine?: Machine
  /** The drift. Left out: the parameters are refused. */
  readonly changes?: readonly Change[]
  /** Remarks beside the drift. Left out: not looked at. */
  readonly notes?: readonly string[]
  /** Writes and commands, in order. */
  readonly done?: readonly string[]
  /** Parts of the machine afterwards; null for what is not there. */
  readonly after?: Machine
  /** By path, the content that the engine stages; null for a file that goes away. */
  readonly writes?: Readonly<Record<string, string | null>>
  /** What `parse` says, or `check` where there are changes: nothing is applied then. */
  readonly refused?: readonly string[]
  /** What `apply` says when it fails. */
  readonly fails?: string
}

const folder = new URL('../cases/resources/', import.meta.url)
const place = { file: 'roles/x/tasks/main.yml', line: 3, key: '' }

for (const name of readdirSync(folder)) {
  const files = readdirSync(new URL(`${name}/`, folder))
  if (files.length === 0) throw new Error(`no cases in ${name}`)
  for (const file of files) {
    const one: Case = JSON.parse(readFileSync(new URL(`${name}/${file}`, folder), 'utf8'))
    test(`${name}: ${file.replace('.json', '').replaceAll('_', ' ')}`, () => play(name, one))
  }
}

async function play(name: string, one: Case): Promise<void> {
  const kind = kinds.get(name)
  if (kind === undefined) throw new Error(`no kind ${name}`)
  const at = { ...place, key: name }
  if (one.changes === undefined) {
    const refused = await refusals(async () => kind.parse(one.spec, at))
    return assert.equal(refused, one.refused)
  }
  const spec = kind.parse(one.spec, at)
  const system = fakeSystem(one.machine ?? {})
  const state = await kind.observe(spec, system)
  const changes = kind.diff(spec, state)
  assert.equal(changes, one.changes)
  if (one.notes) assert.equal(kind.notes?.(spec, state) ?? [], one.notes)
  if (one.writes) assert.equal(showWrites(kind.writes?.(spec, state) ?? []), one.writes)

  const refused = await refusals(async () => kind.check?.(spec, at, system))
  assert.equal(refused, one.refused ?? [])
  assert.equal(system.done, [], 'observing and checking change nothing')
  if (one.refused) return

  const failure = await errorOf(async () => {
    if (changes.length > 0) await kind.apply(spec, changes, state, system)
  })
  if (failure !== null && !(failure instanceof LocalError)) throw failure
  assert.is(failure?.message, one.fails)
  assert.equal(system.done, one.done ?? [])
  assert.equal(pick(system.machine(), one.after ?? {}), one.after ?? {})
  if (one.fails !== undefined || kind.handlerOnly?.(spec)) return
  assert.equal(kind.diff(spec, await kind.observe(spec, system)), [], 'in sync once applied')
}

function showWrites(writes: readonly FileWrite[]): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    writes.map(({ path, content }) => [path, content && new TextDecoder().decode(content)]),
  )
}

/** What a person would read of an error: one line for each problem of a commit, or what the node says. */
async function refusals(act: () => Promise<unknown>): Promise<readonly string[]> {
  const error = await errorOf(act)
  if (error instanceof CommitError)
    return error.problems.map(({ place, message }) => `${place.key}: ${message}`)
  if (error instanceof LocalError) return [error.message]
  if (error !== null) throw error
  return []
}

async function errorOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act()
    return null
  } catch (error) {
    return error
  }
}

/** The parts of a value that another one has, so that a case names only what it is about. */
function pick(value: unknown, like: unknown): unknown {
  if (typeof like === 'string' && isMap(value)) return value.content
  if (!isMap(like)) return value ?? null
  const from = isMap(value) ? value : { content: value }
  return Object.fromEntries(Object.entries(like).map(([key, part]) => [key, pick(from[key], part)]))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

test.run()

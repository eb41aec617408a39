import { join } from 'node:path'
import * as v from 'valibot'
import { LocalError, messageOf } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const thing = v.object({
  /** Of the kind whose `undo` brings it back; `path` for what the engine itself brings back. */
  kind: v.string(),
  name: v.string(),
  before: v.unknown(),
  /** Handlers that are owed once it has changed. */
  notify: v.array(v.string()),
})

const handler = v.object({
  role: v.string(),
  task: v.string(),
  kind: v.string(),
  /** Its rendered parameters. */
  raw: v.record(v.string(), v.unknown()),
  noLog: v.boolean(),
  /** Owed whatever has changed: something that can't be looked at has notified it. */
  always: v.boolean(),
})

const schema = v.object({
  version: v.literal(1),
  /**
   * `applying`: the node may be anywhere between before and after. `rolling-back`: the same, and `handlers`
   * are those that are still owed. `passed`: the change stays, and `handlers` are those still owed.
   */
  phase: v.picklist(['applying', 'rolling-back', 'passed']),
  commit: v.nullable(v.string()),
  /** ISO 8601. */
  at: v.string(),
  /** When all was brought back and only handlers were left, in ms since the epoch. */
  restoredAt: v.nullable(v.number()),
  /** In the order in which a run changes them. */
  things: v.array(thing),
  /** In the order in which they run. */
  handlers: v.array(handler),
  /** What we owned before. */
  owned: v.array(
    v.object({
      kind: v.string(),
      name: v.string(),
      before: v.nullable(v.string()),
      secret: v.exactOptional(v.boolean()),
    }),
  ),
  /** Never to be shown. */
  secrets: v.array(v.string()),
})

/**
 * All that is needed to bring a node back to what it was before a change, or to finish the change, with
 * nothing but this file: the run that wrote it may be dead, and its commit gone.
 */
export type Journal = v.InferOutput<typeof schema>
export type Thing = v.InferOutput<typeof thing>
export type OwedHandler = v.InferOutput<typeof handler>

type Folder = Pick<Paths, 'state'>

/** Bytes: more than JSON.parse takes. What is kept of files is bounded when it is taken. */
const longestJournal = 512 * 2 ** 20

/** The one journal of a node. While it is there, a change has not come to its end. */
export function journalFile(paths: Folder): string {
  return join(paths.state, 'journal', 'journal.json')
}

/** Replaces the journal, readable to root alone (it holds whole files), and returns once it is on the disk. */
export async function writeJournal(
  journal: Journal,
  paths: Folder,
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const content = Buffer.from(JSON.stringify(encode(journal)))
  const file = { content, mode: 0o600, owner: 'root', group: 'root' }
  await system.writeFile(journalFile(paths), file)
}

/** @throws LocalError when it can't be read: never by a crash, since it is replaced as a whole */
export async function readJournal(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<Journal | null> {
  const path = journalFile(paths)
  const content = await system.readFile(path, { limit: longestJournal })
  if (content === null) return null
  try {
    return v.parse(schema, decode(JSON.parse(Buffer.from(content).toString())))
  } catch (error) {
    throw new LocalError(
      `${path} can't be read (${messageOf(error)}), so that an unfinished ` +
        `change can't be taken back; "mv ${path} ${path}.damaged" gives it up`,
      { cause: error },
    )
  }
}

/** Whether a change was cut short. A journal that can't be read counts as one: that is for the run to say. */
export async function isUnfinished(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<boolean> {
  return readJournal(paths, system).then(
    (journal) => journal !== null,
    () => true,
  )
}

export async function removeJournal(paths: Folder, system: Pick<System, 'remove'>): Promise<void> {
  await system.remove(journalFile(paths))
}

/** Bytes, which the parameters of a copy may hold, as JSON. */
function encode(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [bytes]: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(encode)
  return isRecord(value) ? mapValues(value, encode) : value
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode)
  if (!isRecord(value)) return value
  const text = value[bytes]
  return typeof text === 'string' ? Buffer.from(text, 'base64') : mapValues(value, decode)
}

const bytes = '$base64'

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function mapValues(
  record: Readonly<Record<string, unknown>>,
  map: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

/**
 * A full disk must not keep anything from being brought back: then what was written last stays, and
 * all of that is done again if this is cut short.
 */
export async function saveProgress(
  journal: Journal,
  { paths, system }: { readonly paths: Pick<Paths, 'state'>; readonly system: System },
): Promise<void> {
  try {
    await writeJournal(journal, paths, system)
  } catch (error) {
    if (!(error instanceof LocalError)) throw error
  }
}

import { join } from 'node:path'
import * as v from 'valibot'
import { LocalError } from '../errors.ts'
import type { Paths } from '../paths.ts'
import type { Owned } from '../resources/kind.ts'
import type { System } from '../system/system.ts'

/** What this node remembers from one run to the next: `state.json`. */
export interface State {
  readonly version: 1
  /** The commit that this node was last in line with. */
  readonly applied: {
    readonly commit: string
    /** ISO 8601 */
    readonly at: string
    readonly subject: string
  } | null
  /** The commit of the last run, whatever became of it. */
  readonly attempted: {
    readonly commit: string
    readonly at: string
    readonly outcome: string
  } | null
  /** What exists because of us. Nothing else remembers it. */
  readonly owned: readonly Owned[]
}

/** A node on which nothing was applied yet. */
export const emptyState: State = { version: 1, applied: null, attempted: null, owned: [] }

const schema = v.strictObject({
  version: v.literal(1),
  applied: v.nullable(v.strictObject({ commit: v.string(), at: v.string(), subject: v.string() })),
  attempted: v.nullable(
    v.strictObject({ commit: v.string(), at: v.string(), outcome: v.string() }),
  ),
  owned: v.array(
    v.strictObject({ kind: v.string(), name: v.string(), before: v.nullable(v.string()) }),
  ),
})

type Folder = Pick<Paths, 'state'>

const stateFile = (paths: Folder): string => join(paths.state, 'state.json')
/** Written whenever `owned` changes, so that it always knows all that is owned. */
const copyFile = (paths: Folder): string => join(paths.state, 'state.json.copy')

/**
 * The state of the last run; {@link emptyState} when there is none.
 * @throws LocalError when the file is damaged. It is left where it is, so that every run says so until a
 * person acts: to start afresh unasked would forget, for good, what is ours to take back.
 */
export async function loadState(paths: Folder, system: Pick<System, 'readFile'>): Promise<State> {
  const file = stateFile(paths)
  const read = parseState(await system.readFile(file))
  if (typeof read !== 'string') return read
  const copy = copyFile(paths)
  const saved = parseState(await system.readFile(copy))
  const hasCopy = typeof saved !== 'string' && saved !== emptyState
  const way = hasCopy
    ? `"cp ${copy} ${file}" brings back all ${saved.owned.length} things that are owned`
    : `once it is moved away ("mv ${file} ${file}.damaged") the node is managed as before, but what the repo no longer names is not taken back`
  throw new LocalError(`${file} ${read}, and nothing was done; ${way}`)
}

/** Replaces the state, readable to root alone, and returns once it is on the disk. */
export async function saveState(
  state: State,
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const file = { content: Buffer.from(`${JSON.stringify(state, null, 2)}\n`), ...privateFile }
  await system.writeFile(stateFile(paths), file)
  const copy = parseState(await system.readFile(copyFile(paths)))
  const isSame =
    typeof copy !== 'string' && JSON.stringify(copy.owned) === JSON.stringify(state.owned)
  if (!isSame) await system.writeFile(copyFile(paths), file)
}

const privateFile = { mode: 0o600, owner: 'root', group: 'root' }

/** @returns a clause that says what is wrong with it when it is damaged */
function parseState(content: Uint8Array | null): State | string {
  if (content === null) return emptyState
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(content).toString())
  } catch (error) {
    return `is damaged (${error instanceof Error ? error.message : String(error)})`
  }
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  if (path === 'version') return 'was written by another version of Evenkeel'
  return `is damaged (${path === null ? '' : `${path}: `}${issue.message})`
}

import { basename, dirname } from 'node:path'
import { warn } from '../../diagnostics/warning.ts'
import { messageOf } from '../../system/errors.ts'
import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'
import { createRepairPacer } from './drift-pause.ts'
import { createFolderWatch } from './folder-watch.ts'
import { changedPaths, expectedAfterRun, readSignatures } from './signature.ts'
import type { Signatures } from './signature.ts'

/** Detects managed files that are changed by anything but Evenkeel. */
export interface FileWatcher extends Part {
  /** A run begins, and sees whatever was changed until now. */
  runBegins(): Promise<void>
  /** What happens to the files from now on may be the run's doing. */
  runActs(): void
  /** @param run what it has changed, and whether it was for drift that was seen here */
  runEnds(run: EndedRun): Promise<void>
}

export interface EndedRun {
  /** null: unknown, and anything may be its doing. */
  readonly isOurs: ((path: string) => boolean) | null
  readonly isForDrift: boolean
}

/** Milliseconds from an event to the comparison: an editor writes in several steps. */
const debounce = 50

/**
 * Watches the folders of the files. An event only says that it is time to compare; whether something has
 * changed is decided by the files themselves. A comparison finds nothing of what our own runs have written, and
 * nothing of an editor's temporary files.
 * @param onDrift it is time for a run: later and later for files that do not come to rest
 */
export function startFileWatcher(
  { profile, events, warnings }: Pick<DaemonContext, 'profile' | 'events' | 'warnings'>,
  onDrift: () => void,
): FileWatcher {
  let files: readonly string[] = []
  let names: ReadonlySet<string> = new Set()
  let expected: Signatures = new Map()
  let isActing = false
  let isStopped = false
  /** The comparison that is to come. */
  let comparing: NodeJS.Timeout | null = null
  const pacer = createRepairPacer(onDrift)
  const folders = createFolderWatch({
    onEvent: (name) => {
      if (name === null || names.has(name)) compareSoon(debounce)
    },
    onReady: () => compareSoon(0),
    onError,
  })
  if (profile !== null) setFiles(profile.files).catch(onError)

  return {
    update: ({ files: next }) => setFiles(next),
    async runBegins() {
      expected = await readSignatures(files)
    },
    runActs() {
      isActing = true
    },
    async runEnds({ isOurs, isForDrift }) {
      const now = await readSignatures(files)
      expected = isOurs === null ? now : expectedAfterRun(expected, now, isOurs)
      isActing = false
      if (isForDrift) pacer.repaired()
      await followFolders().catch(onError)
      compareSoon(0)
    },
    async stop() {
      isStopped = true
      clearTimeout(comparing ?? undefined)
      pacer.stop()
      await folders.stop()
    },
  }

  async function setFiles(next: readonly string[]): Promise<void> {
    if (next.join('\n') === files.join('\n')) return
    files = next
    names = new Set(next.map((path) => basename(path)))
    expected = await readSignatures(files)
    await followFolders()
  }

  async function followFolders(): Promise<void> {
    const isNew = await folders.follow([...new Set(files.map((path) => dirname(path)))])
    if (isNew) warnings.set('files', [])
  }

  function onError(error: unknown): void {
    const sentence = `files are not watched; the schedule goes on: ${messageOf(error)}`
    warnings.set('files', [warn('files-unwatched', sentence)])
  }

  /** Compares in a moment, unless that is going to happen anyway. */
  function compareSoon(delay: number): void {
    comparing ??= setTimeout(() => {
      comparing = null
      compare().catch(onError)
    }, delay)
  }

  /** What has changed is a run's doing, or known already, or nobody's concern any more. */
  function isQuiet(): boolean {
    return isActing || pacer.isWaiting() || isStopped
  }

  async function compare(): Promise<void> {
    if (isQuiet()) return
    const now = await readSignatures(files)
    const paths = changedPaths(expected, now)
    if (paths.length === 0 || isQuiet()) return
    const pause = pacer.seen()
    if (pause === null) return
    expected = now
    events.emit({ type: 'drift-seen', files: paths, pause })
  }
}

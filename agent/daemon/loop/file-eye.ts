import { watch } from 'chokidar'
import type { FSWatcher } from 'chokidar'
import { lstat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pauseBeforeRepair } from './drift-pause.ts'
import { changedPaths, expectedAfterRun, signatureOf } from './signature.ts'
import type { Signature, Signatures } from './signature.ts'

/** Sees to it that a managed file which changes by another hand than ours does not stay so unnoticed. */
export interface FileEye {
  /** From now on these paths count. */
  setFiles(files: readonly string[]): Promise<void>
  /** A run begins, and sees whatever was changed until now. */
  runBegins(): Promise<void>
  /** What happens to the files from now on may be the run's doing. */
  runActs(): void
  /** @param run what it has changed, and whether it was for drift that was seen here */
  runEnds(run: EndedRun): Promise<void>
  stop(): Promise<void>
}

export interface EndedRun {
  /** null: unknown, and anything may be its doing. */
  readonly isOurs: ((path: string) => boolean) | null
  readonly isForDrift: boolean
}

export interface FileEyeParts {
  /** @param pause milliseconds until `onDrift`: more and more for files that do not come to rest */
  readonly onSeen: (paths: readonly string[], pause: number) => void
  /** It is time for a run. */
  readonly onDrift: () => void
  readonly onError: (error: unknown) => void
}

/** Milliseconds from an event to the look: an editor writes in several steps. */
const debounce = 50

/**
 * Watches the folders of the files, each without what is below it. An event only says that it is time to
 * look; whether something has changed is decided by the files themselves. A look finds nothing of what our
 * own runs have written, and nothing of an editor's temporary files.
 */
export function createFileEye({ onSeen, onDrift, onError }: FileEyeParts): FileEye {
  let files: readonly string[] = []
  let names: ReadonlySet<string> = new Set()
  let watcher: FSWatcher | null = null
  /** Device and inode of the folders: one that was made anew has to be watched anew. */
  let watched = ''
  let expected: Signatures = new Map()
  let isActing = false
  /** The look that is to come. */
  let looking: NodeJS.Timeout | null = null
  /** Drift that was seen, and waits for its pause to be over. */
  let telling: NodeJS.Timeout | null = null
  let pause = 0
  let lastRepair = Number.NEGATIVE_INFINITY

  return {
    async setFiles(next) {
      if (next.join('\n') === files.join('\n')) return
      files = next
      names = new Set(next.map((path) => basename(path)))
      expected = await readSignatures(files)
      await watchFolders()
    },
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
      if (isForDrift) lastRepair = performance.now()
      await watchFolders()
      lookSoon(0)
    },
    async stop() {
      clearTimeout(looking ?? undefined)
      clearTimeout(telling ?? undefined)
      await watcher?.close()
    },
  }

  /** Looks in a moment, unless that is going to happen anyway. */
  function lookSoon(delay: number): void {
    looking ??= setTimeout(() => {
      looking = null
      look().catch(onError)
    }, delay)
  }

  async function look(): Promise<void> {
    if (isActing || telling !== null) return
    const now = await readSignatures(files)
    const paths = changedPaths(expected, now)
    if (paths.length === 0 || isActing || telling !== null) return
    const wait = pauseBeforeRepair(pause, performance.now() - lastRepair)
    pause = wait
    expected = now
    onSeen(paths, wait)
    telling = setTimeout(() => {
      telling = null
      onDrift()
    }, wait)
  }

  async function watchFolders(): Promise<void> {
    const folders = [...new Set(files.map((path) => dirname(path)))]
    const identities = [...(await readSignatures(folders, identityOf))].join('\n')
    if (identities === watched) return
    watched = identities
    await watcher?.close()
    watcher = watch(folders, {
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      // the folders themselves are enough: their events name the file
      ignored: (path) => !folders.includes(path),
    })
    watcher.on('raw', (_event, name: string | null, details) => {
      const { watchedPath = '' } = details as { watchedPath?: string }
      const isFolder = name === basename(watchedPath)
      // gone, with what watched it; one that is made in its place may well have its number
      if (isFolder) watched = ''
      if (name === null || isFolder || names.has(name)) lookSoon(debounce)
    })
    watcher.on('error', onError)
    // what has changed until it sees
    watcher.on('ready', () => lookSoon(0))
  }
}

async function readSignatures(
  paths: readonly string[],
  toSignature = signatureOf,
): Promise<Signatures> {
  return new Map(
    await Promise.all(
      paths.map(async (path): Promise<[string, Signature]> => {
        const stat = await lstat(path, { bigint: true }).catch(() => null)
        return [path, stat && toSignature(stat)]
      }),
    ),
  )
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev} ${ino}`
}

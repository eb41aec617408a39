import { watch } from 'chokidar'
import type { FSWatcher } from 'chokidar'
import { basename } from 'node:path'
import { readSignatures } from './signature.ts'

/** Hears of what happens in some folders, each without what is below it. */
export interface FolderWatch {
  /** These folders, from now on. @returns whether that took watching anew */
  follow(folders: readonly string[]): Promise<boolean>
  stop(): Promise<void>
}

export interface FolderWatchOptions {
  /** Something has happened. null: it is not known to which name, or to the folder itself. */
  readonly onEvent: (name: string | null) => void
  /** It hears from now on: what has happened before may have been missed. */
  readonly onReady: () => void
  readonly onError: (error: unknown) => void
}

export function createFolderWatch({ onEvent, onReady, onError }: FolderWatchOptions): FolderWatch {
  let watcher: FSWatcher | null = null
  /** Device and inode of the folders: one that was made anew has to be watched anew. */
  let watched = ''
  let isStopped = false
  /** One change after the other: of two at once, one would leave its watcher behind. */
  let last: Promise<unknown> = Promise.resolve()

  async function follow(folders: readonly string[]): Promise<boolean> {
    const identities = [...(await readSignatures(folders, identityOf))].join('\n')
    if (identities === watched || isStopped) return false
    watched = identities
    await watcher?.close()
    watcher = watch([...folders], {
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
      onEvent(isFolder ? null : name)
    })
    watcher.on('error', onError)
    watcher.on('ready', onReady)
    return true
  }

  return {
    follow(folders) {
      const followed = last.then(() => follow(folders))
      last = followed.catch(() => {})
      return followed
    },
    async stop() {
      isStopped = true
      await last
      await watcher?.close()
    },
  }
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev} ${ino}`
}

import { closeSync } from 'node:fs'
import { basename, resolve } from 'node:path/posix'
import { openEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { explainErrno } from './errno.ts'
import { LocalError } from './errors.ts'
import type { OpenFolder } from './open-folder.ts'

/**
 * Does something in a folder, and closes it.
 * @param path that this is for
 * @param open the folder; null: there is none
 * @param act gets the last name of the path too
 * @returns null when there is no such folder
 * @throws LocalError that names the path
 */
export function useFolder<T>(
  path: string,
  open: () => OpenFolder | null | Promise<OpenFolder | null>,
  act: (folder: OpenFolder, name: string) => Promise<T>,
): Promise<T | null> {
  return use(path, open, (folder) => act(folder, basename(resolve(path)) || '.'))
}

/**
 * Does something with what is at a path, and lets go of it.
 * @param follows as in {@link openEntry}
 * @returns null when there is nothing
 * @throws LocalError that names the path
 */
export function useEntry<T>(
  path: string,
  follows: boolean,
  act: (entry: Entry) => Promise<T>,
): Promise<T | null> {
  return use(path, () => openEntry(path, follows), act)
}

async function use<Held extends { readonly descriptor: number }, T>(
  path: string,
  open: () => Held | null | Promise<Held | null>,
  act: (held: Held) => Promise<T>,
): Promise<T | null> {
  try {
    const held = await open()
    if (held === null) return null
    try {
      return await act(held)
    } finally {
      closeSync(held.descriptor)
    }
  } catch (error) {
    throw explain(path, error)
  }
}

/** What a system call says names our descriptors, which mean nothing to anybody. */
function explain(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const reason = explainErrno(error).replace(/, \w+ '.*/s, '')
  return new LocalError(`${path}: ${reason}`, { cause: error })
}

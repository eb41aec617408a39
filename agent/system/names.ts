import { readFile, stat } from 'node:fs/promises'

/** Names of users or groups and their numbers, both ways. */
export interface Names {
  name(id: number): string
  /** undefined when there is no such name. A number as text stands for itself. */
  id(name: string): number | undefined
}

/**
 * Reads /etc/passwd or /etc/group. Read anew whenever the file changed: a package may just have added
 * the user that the next file belongs to. Users from LDAP and the like do not own a node's
 * configuration, and are shown by number.
 */
export function createNameTable(file: '/etc/passwd' | '/etc/group'): () => Promise<Names> {
  let read: { readonly version: string; readonly names: Names } | undefined
  return async () => {
    const { mtimeMs, ino, size } = await stat(file)
    const version = `${ino} ${mtimeMs} ${size}`
    if (read?.version !== version) read = { version, names: parse(await readFile(file, 'utf8')) }
    return read.names
  }
}

function parse(text: string): Names {
  const byId = new Map<number, string>()
  const byName = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':')
    if (name === undefined || id === undefined) continue
    byName.set(name, Number(id))
    if (!byId.has(Number(id))) byId.set(Number(id), name)
  }
  return {
    name: (id) => byId.get(id) ?? String(id),
    id: (name) => byName.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined),
  }
}

import { readFileSync, statSync } from 'node:fs'

/** Names of users or groups and their numbers, both ways. */
export interface Names {
  name(id: number): string
  /** undefined when there is no such name. A number as text stands for itself. */
  id(name: string): number | undefined
}

/** The users of /etc/passwd. */
export const users = createNameTable('/etc/passwd')
/** The groups of /etc/group. */
export const groups = createNameTable('/etc/group')

/**
 * Reads /etc/passwd or /etc/group. Read anew whenever the file changed: a package may just have added
 * the user that the next file belongs to. Users from LDAP and the like do not own a node's
 * configuration, and are shown by number.
 */
function createNameTable(file: string): () => Names {
  let read: { readonly version: string; readonly names: Names } | undefined
  return () => {
    const { mtimeMs, ino, size } = statSync(file)
    const version = `${ino} ${mtimeMs} ${size}`
    if (read?.version !== version) read = { version, names: parse(readFileSync(file, 'utf8')) }
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

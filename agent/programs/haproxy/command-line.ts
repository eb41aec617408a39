/** What a command line of haproxy says, as far as it matters here. */
export interface CommandLine {
  /** Files and folders with the configuration, in order: of each `-f`, and those behind `--`. */
  readonly configs: readonly string[]
  /** Where relative paths begin (`-C`); null: where it was started. */
  readonly folder: string | null
  /** Its name among its peers (`-L`); null: that of the node. */
  readonly localPeer: string | null
  /** `-n`, which counts more than the `maxconn` of `global`; null: not given. */
  readonly maxConnections: number | null
  /** A master watches the workers (`-W`, `-Ws`). */
  readonly hasMaster: boolean
  /** The master's own sockets (`-S`), with their options: `/run/master.sock,level,admin`. */
  readonly masterSockets: readonly string[]
}

/** Options that stand alone: init_args in haproxy.c, which looks at the first letters only. Others take a word. */
const alone = /^-([dDqVWv]|c(?!c))/
/** Those take the words up to the next option: pids of old workers, and what to trace. */
const several = /^-(s[ft]|dt)/

/** Reads the words of a command line, the program's name first. */
export function parseCommandLine([, ...words]: readonly string[]): CommandLine {
  const configs: string[] = []
  const given = new Map<string, string[]>()
  const left = [...words]
  for (let option = left.shift(); option !== undefined; option = left.shift()) {
    if (option === '--') {
      configs.push(...left.splice(0))
    } else if (several.test(option)) {
      while (left.length > 0 && !left[0]?.startsWith('-')) left.shift()
    } else {
      const letter = option.slice(0, 2)
      const value = alone.test(option) ? '' : (left.shift() ?? '')
      if (letter === '-f' && value !== '') configs.push(value)
      given.set(letter, [...(given.get(letter) ?? []), value])
    }
  }
  const last = (letter: string): string | null => given.get(letter)?.at(-1) ?? null
  return {
    configs,
    folder: last('-C'),
    localPeer: last('-L'),
    maxConnections: Number.parseInt(last('-n') ?? '', 10) || null,
    hasMaster: given.has('-W'),
    masterSockets: given.get('-S') ?? [],
  }
}

/**
 * The files of a folder that haproxy reads when it is given the folder, in order (cfgfiles_expand_directories):
 * those that end in `.cfg`, have it only there, and don't begin with a dot.
 * @param names in the folder; folders among them are not read
 */
export function configFilesIn(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => /^[^.].*\.cfg$/s.test(name) && name.split('.cfg').length === 2)
    .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}

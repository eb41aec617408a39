import * as os from 'node:os'
import { posix } from 'node:path'
import { configFilesIn, parseCommandLine } from '../programs/haproxy/command-line.ts'
import type { CommandLine } from '../programs/haproxy/command-line.ts'
import { readConfig } from '../programs/haproxy/config.ts'
import type { HaproxyConfig } from '../programs/haproxy/config.ts'
import { unknownEnvironment } from '../programs/haproxy/environment.ts'
import type { Environment } from '../programs/haproxy/environment.ts'
import type { ConfigFile } from '../programs/haproxy/lines.ts'
import { LocalError } from '../system/errors.ts'
import { longestConfig } from '../system/read-text.ts'
import type { System } from '../system/system.ts'

type Disk = Pick<System, 'readFile' | 'list'>

/** A haproxy and what its files say now, whether it has read them or not. */
export interface HaproxyFacts {
  readonly command: CommandLine
  readonly config: HaproxyConfig
  /** All that its command line names, and the files in folders among that. */
  readonly sources: readonly string[]
}

/** A haproxy as it is started, or is to be. */
export interface StartedHaproxy {
  /** Its command line, the program first. */
  readonly words: readonly string[]
  readonly environment: Environment
  /** `2.6.12-1+deb12u4`; null: not known. */
  readonly version: string | null
}

/**
 * Finds out what a running haproxy reads, from /proc: its unit may have been changed since it was started.
 * @param pid of its worker or its master
 * @returns null when there is no such process any more
 */
export async function readRunningHaproxy(
  pid: number,
  version: string | null,
  disk: Disk,
): Promise<HaproxyFacts | null> {
  const words = await readList(`/proc/${pid}/cmdline`, disk)
  if (words.length === 0) return null
  return readHaproxy({ words, environment: await readEnvironment(pid, disk), version }, disk)
}

/** Some containers don't let root read that of another user. */
async function readEnvironment(pid: number, disk: Disk): Promise<Environment> {
  const entries = await readList(`/proc/${pid}/environ`, disk).catch(() => [])
  if (entries.length === 0) return unknownEnvironment
  const pairs = entries.map((entry) => {
    const [name = '', ...value] = entry.split('=')
    return [name, value.join('=')] as const
  })
  // A master that reloads hands on its own, and haproxy sets them anew
  const variables = new Map(pairs.filter(([name]) => !name.startsWith('HAPROXY_')))
  return { variables, isComplete: true }
}

/** Reads the files that a command line names. */
export async function readHaproxy(
  { words, environment, version }: StartedHaproxy,
  disk: Disk,
): Promise<HaproxyFacts> {
  const command = parseCommandLine(words)
  const files: ConfigFile[] = []
  const sources: string[] = []
  for (const given of command.configs) {
    // systemd starts its units in /
    const path = posix.resolve('/', command.folder ?? '', given)
    const names = await disk.list(path)
    const paths = names === null ? [path] : configFilesIn(names).map((name) => `${path}/${name}`)
    sources.push(path, ...(names === null ? [] : paths))
    for (const file of paths) {
      const isFolder = names !== null && (await disk.list(file)) !== null
      const text = isFolder ? null : await readConfigText(file, disk)
      if (text !== null) files.push({ path: file, text })
    }
  }
  const { localPeer } = command
  const config = readConfig(files, {
    environment,
    version,
    localPeer: localPeer ?? os.hostname(),
    isLocalPeerFixed: localPeer !== null,
  })
  return { command, config, sources }
}

/** What is too long or no file is drift, to be repaired: it must not end the run that does so. */
async function readConfigText(path: string, disk: Disk): Promise<string | null> {
  try {
    return decode(await disk.readFile(path, { limit: longestConfig }))
  } catch (error) {
    if (error instanceof LocalError) return null
    throw error
  }
}

function decode(content: Uint8Array | null): string | null {
  return content === null ? null : new TextDecoder().decode(content)
}

/** Texts with a NUL behind each: proc_pid_cmdline(5). */
async function readList(path: string, disk: Disk): Promise<readonly string[]> {
  return (decode(await disk.readFile(path)) ?? '').split('\0').slice(0, -1)
}

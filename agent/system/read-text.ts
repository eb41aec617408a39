import type { System } from './system.ts'

/** Bytes that any program's configuration fits in; a configuration of haproxy with 10,000 backends has 10 MB. */
export const longestConfig = 16 * 2 ** 20

/**
 * The text of a file that a program reads and anybody may have changed. null when there is none, and also when it is
 * too long or something else than a file: that is drift, to be found and repaired rather than to end a run.
 */
export async function readText(
  path: string,
  system: Pick<System, 'inspect'>,
): Promise<string | null> {
  const found = await system.inspect(path, { limit: longestConfig, follows: true })
  return found?.content ? new TextDecoder().decode(found.content) : null
}

import { userInfo } from 'node:os'
import type { System } from './system.ts'

/** The person at the keyboard, as far as the machine knows: `alice on pts/0`. */
export async function whoAsks(system: Pick<System, 'readLink'>): Promise<string> {
  const { SUDO_USER: byRoot, LOGNAME: login } = process.env
  const name = byRoot ?? login ?? userInfo().username
  const input = await system.readLink('/proc/self/fd/0')
  const [, terminal] = /^\/dev\/(pts\/\d+|tty\w+)$/.exec(input ?? '') ?? []
  return terminal === undefined ? name : `${name} on ${terminal}`
}

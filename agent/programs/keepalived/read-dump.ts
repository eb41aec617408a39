import type { System } from '../../system/system.ts'
import { parseDump } from './dump.ts'
import type { DumpedInstance } from './dump.ts'

/** 1 s: keepalived needs some 10 ms, and more only when it is starved. */
const timeout = 1_000
/** Bytes: an instance takes 2 KB, and there are at most 255 of them on an interface. */
const longestDump = 8 * 2 ** 20

/**
 * Makes the running keepalived tell its state. The signal goes only to a keepalived that has told systemd
 * that it is ready, which is for the caller to know: before that the signal would end it.
 * @param pid of the parent process
 * @param send sends the signal, and tells whether that was possible
 * @returns null when it does not tell within 1 s
 */
export async function readDump(
  pid: number,
  system: Pick<System, 'run' | 'inspect' | 'remove' | 'now' | 'sleep'>,
  send: (pid: number) => Promise<boolean> = (pid) => sendSignal(pid, system),
): Promise<readonly DumpedInstance[] | null> {
  // Its own /tmp, which PrivateTmp may hide from us
  const file = `/proc/${pid}/root/tmp/keepalived.json`
  await system.remove(file)
  if (!(await send(pid))) return null
  const deadline = system.now() + timeout
  for (;;) {
    const found = await system.inspect(file, { limit: longestDump })
    // In a /tmp that is not its own anybody can make such a file
    const isIts = found?.stat.owner === 'root' && found.content !== null
    const instances = isIts ? parseDump(new TextDecoder().decode(found.content)) : null
    if (instances !== null) {
      // With auth_data in clear
      await system.remove(file)
      return instances
    }
    if (system.now() >= deadline) return null
    await system.sleep(10)
  }
}

async function sendSignal(pid: number, system: Pick<System, 'run'>): Promise<boolean> {
  // The number of the signal differs between builds; one that has no JSON fails here
  const kill = 'number=$(keepalived --signum=JSON) && kill -s "$number" "$0"'
  const { code } = await system.run(['sh', '-c', kill, String(pid)])
  return code === 0
}

import { join } from 'node:path'
import type { AnyKind } from '../resources/kind.ts'
import { LocalError } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { RunResult, System } from '../system/system.ts'
import { targetOfTemporary } from '../system/temporary-name.ts'
import type { Thing } from './journal.ts'

type Machine = Pick<System, 'run' | 'writeFile' | 'list' | 'remove' | 'now'>
type Folder = Pick<Paths, 'run'>

/**
 * Seconds from arming until it fires, for each part of a change in turn. Applying and handlers: each service
 * that is reloaded has 10 s. Watching the node's health: 2 min at most, where servers are checked rarely.
 */
export const deadlines = { applying: 60, watching: 150 } as const
/** Where install.sh puts it. */
const launcher = '/usr/local/bin/evenkeel'

/**
 * The script that brings back firewall and sysctl when nobody has disarmed it, and then starts the recovery
 * of all the rest. Plain sh: the agent may be what is broken. Null when nothing that it guards changes.
 * The first part does not wait for the lock, since a run that hangs may be the one that has it; the
 * recovery does.
 */
export function formatDeadMan(
  things: readonly Thing[],
  kinds: ReadonlyMap<string, AnyKind>,
  { run }: Folder,
): string | null {
  const parts = things.map(({ kind, name, before }) => {
    return kinds.get(kind)?.rollback?.undo?.script?.(name, before) ?? ''
  })
  if (parts.every((part) => part === '')) return null
  return `#!/bin/sh
# Written by Evenkeel for one change, to take it back if the change cuts this node off.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
# Whoever renames it first has decided: here, or the run that ended well.
mv "$0" "$0.fired" 2>/dev/null || exit 0
echo 'the run that changed firewall or sysctl has not ended in time: all is brought back'
${parts.join('')}
# 5: another run has the lock.
while ${launcher} recover; [ $? -eq 5 ]; do flock -w 60 ${join(run, 'lock')} true; done
rm -f "$0.fired"
`
}

/**
 * Arms a script outside the agent's process.
 * @returns disarms it: false when it has begun to bring things back already
 * @throws LocalError when it can't be armed: then nothing may be changed
 */
export async function armDeadMan(
  script: string,
  part: keyof typeof deadlines,
  { run }: Folder,
  system: Machine,
): Promise<() => Promise<boolean>> {
  const token = `${part}_${system.now().toString(36)}`
  const file = join(run, `dead-man-${token}.sh`)
  const content = Buffer.from(script)
  await system.writeFile(file, { content, mode: 0o700, owner: 'root', group: 'root' })
  const result = await start(file, token, deadlines[part], system)
  if (result.code === 0) return () => disarm(token, run, system)
  await system.remove(file)
  throw new LocalError(
    `firewall and sysctl are not changed without a way back, which can't be armed: ${result.stderr.trim()}`,
  )
}

async function start(
  file: string,
  token: string,
  seconds: number,
  system: Machine,
): Promise<RunResult> {
  const timer = [`--on-active=${seconds}`, '--timer-property=AccuracySec=1s', '--collect']
  const unit = `--unit=${unitName(token)}`
  try {
    return await system.run(['systemd-run', '--quiet', unit, ...timer, 'sh', file])
  } catch (error) {
    if (!(error instanceof LocalError)) throw error
    const script = 'exec </dev/null >/dev/null 2>&1; sleep "$0"; exec sh "$1"'
    return system.run(['setsid', '--fork', 'sh', '-c', script, String(seconds), file])
  }
}

/**
 * Disarms what a run that is no more has left, and ends what it was about to disarm: what it would do is
 * done, or was given up.
 */
export async function disarmAll({ run }: Folder, system: Machine): Promise<void> {
  for (const name of (await system.list(run)) ?? []) {
    const [, token, ending] = /^dead-man-(\w+)\.(sh|off)$/.exec(name) ?? []
    if (token !== undefined && ending === 'sh') await disarm(token, run, system)
    else if (token !== undefined) await clear(token, run, system)
    const isCutShort = targetOfTemporary(name)?.startsWith('dead-man-') === true
    if (isCutShort) await system.remove(join(run, name))
  }
}

async function disarm(token: string, run: string, system: Machine): Promise<boolean> {
  const armed = join(run, `dead-man-${token}.sh`)
  const { code } = await system.run(['mv', '--', armed, offFile(token, run)])
  if (code !== 0) return false
  await clear(token, run, system)
  return true
}

/** Its file goes last: as long as it is there, a recovery knows that there may be a timer. */
async function clear(token: string, run: string, system: Machine): Promise<void> {
  // Only saves a process that would find nothing to do, and systemd may not be there
  await system.run(['systemctl', 'stop', `${unitName(token)}.timer`])
  await system.remove(offFile(token, run))
}

function offFile(token: string, run: string): string {
  return join(run, `dead-man-${token}.off`)
}

function unitName(token: string): string {
  return `evenkeel-dead-man-${token}`
}

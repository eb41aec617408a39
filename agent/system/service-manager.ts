import type { System } from './system.ts'

/** What systemd is told of a service of Type=notify (sd_notify(3)); does nothing elsewhere. */
export interface ServiceManager {
  /** @param status one sentence for `systemctl status` */
  tell(state: 'READY=1' | 'RELOADING=1' | 'STOPPING=1' | null, status: string | null): Promise<void>
  /** Says that we are alive, as often as systemd wants. @returns stops that */
  startWatchdog(): () => void
}

/**
 * Node has no datagram sockets, so systemd-notify(1) does it: the unit needs NotifyAccess=all.
 * @param env with what systemd gives: NOTIFY_SOCKET, WATCHDOG_USEC
 */
export function createServiceManager(
  env: Readonly<Record<string, string | undefined>>,
  system: Pick<System, 'run'>,
): ServiceManager {
  const socket = env['NOTIFY_SOCKET']
  const watchdog = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  const notify = async (...words: readonly string[]): Promise<void> => {
    if (socket === undefined || words.length === 0) return
    // Should it fail: systemd acts on what it does not hear.
    await system
      .run(['systemd-notify', ...words], { env: { NOTIFY_SOCKET: socket } })
      .catch(() => {})
  }
  return {
    tell: (state, status) =>
      notify(
        ...(state === null ? [] : [state]),
        ...(status === null ? [] : [`--status=${status}`]),
      ),
    startWatchdog() {
      if (watchdog === 0) return () => {}
      const timer = setInterval(() => void notify('WATCHDOG=1'), watchdog / 3)
      return () => clearInterval(timer)
    },
  }
}

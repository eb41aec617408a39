import { setTimeout as sleep } from 'node:timers/promises'
import type { NotifyConfig } from '../../config/notify-config.ts'
import type { Log } from '../../diagnostics/log.ts'
import { messageOf } from '../../system/errors.ts'
import type { Paths } from '../../system/paths.ts'
import type { System } from '../../system/system.ts'
import { decideNotification } from './decide-notification.ts'
import type { Occurrence, Told } from './decide-notification.ts'
import type { Notification } from './notification.ts'
import { channelsOf } from './send.ts'
import type { Channel } from './send.ts'
import { loadTold, saveTold } from './told-file.ts'

/** Milliseconds before the second and the third try. */
const defaultPauses = [2_000, 10_000]
/** Messages that wait at most: more are a flood, and the newest matter. */
const mostWaiting = 20

/** Tells people what went wrong. */
export interface Notifier {
  /** Returns at once: nothing waits for a webhook. */
  tell(occurrence: Occurrence): void
  /** agent.yml was read again; null: nobody is told any more. */
  update(config: NotifyConfig | null): void
  /** Forgets what was not sent yet, once what is on its way has got there or failed. */
  stop(): Promise<void>
}

export interface NotifierOptions {
  /** null: nobody is told. */
  readonly config: NotifyConfig | null
  readonly paths: Pick<Paths, 'state'>
  readonly system: Pick<System, 'readFile' | 'writeFile' | 'run' | 'now'>
  /** Name of this node in the inventory, where it is known. */
  readonly host: () => string | null
  readonly log: Log
  /** Milliseconds before each further try. Default: 2 s and 10 s. */
  readonly pauses?: readonly number[]
}

interface Waiting {
  readonly notification: Notification
  /** Told again when it got to nobody; null: it can't be, or is over. */
  readonly trouble: string | null
}

/** Begins with what was told before a restart. Never throws. */
export async function startNotifier(options: NotifierOptions): Promise<Notifier> {
  const { paths, system, host, log, pauses = defaultPauses } = options
  const end = new AbortController()
  let { config } = options
  let told = await loadTold(paths, system)
  let waiting: Waiting[] = []
  let isSending = false
  let sending = Promise.resolve()
  let saving = Promise.resolve()

  function remember(next: Told): void {
    const isSame = JSON.stringify(next) === JSON.stringify(told)
    told = next
    if (isSame) return
    saving = saving
      .then(() => saveTold(told, paths, system))
      .catch((error: unknown) => {
        log('warning', 'what people were told could not be written down', { error: String(error) })
      })
  }

  function tell(occurrence: Occurrence): void {
    if (config === null || end.signal.aborted) return
    const about = { host: host(), now: system.now(), hold: config.hold }
    const { told: next, notification, trouble = null } = decideNotification(told, occurrence, about)
    remember(next)
    if (notification === null) return
    waiting = [...waiting, { notification, trouble }].slice(-mostWaiting)
    if (!isSending) sending = sendAll()
  }

  async function sendAll(): Promise<void> {
    isSending = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (config === null || end.signal.aborted) break
      const { notification, trouble } = next
      const channels = channelsOf(config, system)
      const sent = await Promise.all(channels.map((channel) => deliver(channel, notification)))
      if (!sent.includes(true)) {
        remember({ ...told, troubles: told.troubles.filter((one) => one !== trouble) })
      }
    }
    isSending = false
  }

  /** @returns whether it got through */
  async function deliver(channel: Channel, notification: Notification): Promise<boolean> {
    const { event } = notification
    for (const pause of [...pauses, null]) {
      try {
        await channel.send(notification)
        log('info', 'people were told', { event, through: channel.name })
        return true
      } catch (error) {
        const data = { event, through: channel.name, error: messageOf(error) }
        if (pause === null || end.signal.aborted) {
          log('error', 'people could not be told', data)
          return false
        }
        log('warning', 'people could not be told; trying again', data)
        await sleep(pause, undefined, { signal: end.signal }).catch(() => {})
      }
    }
    return false
  }

  return {
    tell,
    update(next) {
      config = next
    },
    async stop() {
      end.abort()
      waiting = []
      await Promise.all([sending, saving])
    },
  }
}

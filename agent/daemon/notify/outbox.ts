import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../diagnostics/log.ts'
import { messageOf } from '../../system/errors.ts'
import type { Notification } from './notification.ts'
import type { Channel } from './send.ts'

/** Milliseconds before the second and the third try. */
const defaultPauses = [2_000, 10_000]
/** Messages that wait at most: more are a flood, and the newest matter. */
const mostWaiting = 20

/** Sends messages one after the other, each through all channels at once. Nothing waits for it. */
export interface Outbox {
  /** @param onLost it got to nobody */
  send(notification: Notification, onLost: () => void): void
  /** Forgets what was not sent yet, once what is on its way has got there or failed. */
  stop(): Promise<void>
}

export interface OutboxOptions {
  /** Those of the moment; none: what waits is forgotten. */
  readonly channels: () => readonly Channel[]
  readonly log: Log
  /** Milliseconds before each further try. Default: 2 s and 10 s. */
  readonly pauses?: readonly number[]
}

export function createOutbox({ channels, log, pauses = defaultPauses }: OutboxOptions): Outbox {
  const end = new AbortController()
  let waiting: { readonly notification: Notification; readonly onLost: () => void }[] = []
  let isSending = false
  let sending = Promise.resolve()

  async function sendAll(): Promise<void> {
    isSending = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { notification, onLost } = next
      const sent = await Promise.all(channels().map((channel) => deliver(channel, notification)))
      if (!sent.includes(true)) onLost()
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
    send(notification, onLost) {
      if (end.signal.aborted) return
      waiting = [...waiting, { notification, onLost }].slice(-mostWaiting)
      if (!isSending) sending = sendAll()
    },
    async stop() {
      end.abort()
      waiting = []
      await sending
    },
  }
}

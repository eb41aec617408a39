import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'
import { decideNotification } from './decide-notification.ts'
import type { Occurrence, Told } from './decide-notification.ts'
import { createOutbox } from './outbox.ts'
import { channelsOf } from './send.ts'
import { loadTold, saveTold } from './told-file.ts'

/**
 * Tells operators what went wrong, and begins with what they were told before a restart.
 * @param pauses milliseconds before each further try; default: those of the outbox
 */
export function startNotifier(
  { node, events, log, ...start }: DaemonContext,
  pauses?: readonly number[],
): Part {
  const { paths, system } = node
  let config = start.config
  let self = start.profile?.self ?? null
  let told = loadTold(paths, system)
  const outbox = createOutbox({
    channels: () => (config.notify === null ? [] : channelsOf(config.notify, system)),
    log,
    ...(pauses !== undefined && { pauses }),
  })
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'run-ended' || event.type === 'watch') hear(event)
  })

  function hear(occurrence: Occurrence): void {
    if (config.notify === null) return
    const { hold } = config.notify
    const about = { host: self ?? config.node ?? null, now: system.now(), hold }
    told = told.then((before) => {
      const { told: next, notification, trouble } = decideNotification(before, occurrence, about)
      if (notification !== null) outbox.send(notification, () => forget(trouble))
      return remember(before, next)
    })
  }

  /** It got to nobody, so that it is told again when it is met again. */
  function forget(trouble: string | undefined): void {
    told = told.then((before) => {
      const troubles = before.troubles.filter((one) => one !== trouble)
      return remember(before, { ...before, troubles })
    })
  }

  async function remember(before: Told, next: Told): Promise<Told> {
    if (JSON.stringify(next) === JSON.stringify(before)) return before
    await saveTold(next, paths, system).catch((error: unknown) =>
      log('warning', 'what people were told could not be written down', { error: String(error) }),
    )
    return next
  }

  return {
    update(profile) {
      self = profile.self
    },
    configure(next) {
      config = next
    },
    async stop() {
      unsubscribe()
      await told
      await outbox.stop()
      await told
    },
  }
}

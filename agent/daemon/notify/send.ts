import type { NotifyConfig } from '../../config/notify-config.ts'
import type { System } from '../../system/system.ts'
import { toEnvironment } from './notification.ts'
import type { Notification } from './notification.ts'
import { post } from './post.ts'

/** Milliseconds. */
const timeouts = { webhook: 5_000, command: 30_000 } as const

/** A way to people. */
export interface Channel {
  /** For the log: what of it is no secret. */
  readonly name: string
  /** One try. @throws Error that says why it did not get through */
  send(notification: Notification): Promise<void>
}

/** The ways that agent.yml names. */
export function channelsOf(
  { url, command }: Pick<NotifyConfig, 'url' | 'command'>,
  system: Pick<System, 'run'>,
): readonly Channel[] {
  return [
    ...(url === null ? [] : [webhook(url)]),
    ...(command === null ? [] : [program(command, system)]),
  ]
}

/** Its path and query are often the password. */
function webhook(url: string): Channel {
  return {
    name: new URL(url).origin,
    send: (notification) => post(url, JSON.stringify(notification), timeouts.webhook),
  }
}

function program(argv: readonly string[], system: Pick<System, 'run'>): Channel {
  const [name = ''] = argv
  return {
    name,
    async send(notification) {
      const { code, signal, timedOut, stderr } = await system.run(argv, {
        input: `${JSON.stringify(notification)}\n`,
        env: toEnvironment(notification),
        timeout: timeouts.command,
      })
      if (timedOut) throw new Error(`did not end within ${timeouts.command / 1000} s`)
      if (code === 0) return
      const said = stderr.trim().split('\n').at(-1) ?? ''
      throw new Error(`ended with ${code ?? signal}${said === '' ? '' : `: ${said.slice(0, 200)}`}`)
    },
  }
}

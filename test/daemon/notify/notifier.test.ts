/** A webhook and a command that are real, on this machine. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NotifyConfig } from '../../../agent/config/notify-config.ts'
import type { Occurrence } from '../../../agent/daemon/notify/decide-notification.ts'
import type { Notification } from '../../../agent/daemon/notify/notification.ts'
import { startNotifier } from '../../../agent/daemon/notify/notifier.ts'
import { post } from '../../../agent/daemon/notify/post.ts'
import type { Part } from '../../../agent/daemon/part.ts'
import type { LogData } from '../../../agent/diagnostics/log.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { temporaryFolder } from '../../source/git-repo.ts'
import { contextOf } from '../context.ts'
import { ran } from './sample.ts'

const servers: Server[] = []
test.after(() => {
  for (const server of servers) server.close()
})

/** A webhook that answers with one status after the other, and the last one from then on. null: it is silent. */
async function webhook(
  ...statuses: readonly (number | null)[]
): Promise<{ readonly url: string; readonly got: Notification[] }> {
  const got: Notification[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const status = statuses[Math.min(got.length, statuses.length - 1)]
      assert.is(request.method, 'POST')
      assert.is(request.headers['content-type'], 'application/json')
      got.push(JSON.parse(body) as Notification)
      if (status === null) return
      response.writeHead(status ?? 500, { location: '/elsewhere' })
      response.end('much that nobody reads')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hook?key=secret`, got }
}

interface Started {
  /** Told what happens, as the daemon's emitter tells it. */
  readonly notifier: Pick<Part, 'stop'> & {
    tell(occurrence: Occurrence): void
    configure(notify: NotifyConfig | null): void
  }
  readonly log: string[]
  readonly folder: string
  readonly again: () => Started['notifier']
}

function start(notify: Partial<NotifyConfig>): Started {
  const folder = temporaryFolder()
  const log: string[] = []
  const again = (): Started['notifier'] => {
    const basic = contextOf()
    const config = {
      ...basic.config,
      node: 'lb1',
      notify: { url: null, command: null, hold: 1_800_000, ...notify },
    }
    const context = {
      ...basic,
      node: { paths: { ...basic.node.paths, state: folder }, system: createSystem() },
      config,
      log: (level: string, message: string, data?: LogData) =>
        void log.push(`${level} ${message} ${JSON.stringify(data)}`),
    }
    const part = startNotifier(context, [10, 10])
    return {
      stop: () => part.stop(),
      tell: (occurrence) => context.events.emit(occurrence),
      configure: (next) => part.configure?.({ ...config, notify: next }),
    }
  }
  return { notifier: again(), log, folder, again }
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 4800) assert.unreachable(what)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
const events = (got: readonly Notification[]): string => got.map(({ event }) => event).join(' ')

test('a webhook gets each trouble once, and its end', async () => {
  const { url, got } = await webhook(200)
  const { notifier, log } = start({ url })
  for (const occurrence of [ran('failed'), ran('failed'), ran('in-sync'), ran('in-sync')]) {
    notifier.tell(occurrence)
  }
  await until('two messages', () => got.length === 2)
  await notifier.stop()
  assert.is(events(got), 'failure recovered')
  assert.is(got[0]?.message, 'it is failed')
  assert.not.match(log.join(), 'secret')
})

test('a restart does not tell of the same again', async () => {
  const { url, got } = await webhook(204)
  const { notifier, again } = start({ url })
  notifier.tell(ran('failed'))
  await until('told', () => got.length === 1)
  await notifier.stop()
  const second = again()
  second.tell(ran('failed'))
  second.tell(ran('in-sync'))
  await until('recovered', () => got.length === 2)
  await second.stop()
  assert.is(events(got), 'failure recovered')
})

test('a webhook that fails is tried three times, and with the next run again', async () => {
  const { url, got } = await webhook(500, 302, 404, 200)
  const { notifier, log } = start({ url })
  notifier.tell(ran('failed'))
  await until('given up', () => log.some((line) => line.startsWith('error')))
  assert.is(got.length, 3)
  assert.match(log.at(-1) ?? '', '"error":"status 404"')
  notifier.tell(ran('failed'))
  await until('told', () => got.length === 4)
  await notifier.stop()
  assert.not.match(log.join(), 'secret')
})

test('a second try that gets through is enough', async () => {
  const { url, got } = await webhook(503, 200)
  const { notifier, log } = start({ url })
  notifier.tell(ran('failed'))
  await until('told', () => log.some((line) => line.startsWith('info people were told')))
  notifier.tell(ran('failed'))
  await notifier.stop()
  assert.is(got.length, 2)
})

test('nobody waits for a webhook that is silent', async () => {
  const { url, got } = await webhook(null)
  const { notifier } = start({ url })
  assert.is(notifier.tell(ran('failed')), undefined)
  await until('asked', () => got.length === 1)
  const error = await post(url, '{}', 200).catch((error: Error) => error)
  assert.match(String(error), 'no answer within 0.2 s')
  servers.at(-1)?.closeAllConnections()
  await notifier.stop()
})

test('a command gets JSON and words', async () => {
  const folder = temporaryFolder()
  const script = join(folder, 'page')
  writeFileSync(
    script,
    `#!/bin/sh
cat > ${folder}/input
printf '%s|' "$1" "$EVENKEEL_EVENT" "$EVENKEEL_HOST" "$EVENKEEL_COMMIT" "$EVENKEEL_MESSAGE" "$EVENKEEL_RUN_ID" > ${folder}/words
`,
    { mode: 0o755 },
  )
  const { notifier, log } = start({ command: [script, 'two words'] })
  notifier.tell(ran('rolled-back'))
  await until('told', () => log.length === 1)
  await notifier.stop()
  assert.match(log[0] ?? '', 'info people were told')
  const input = JSON.parse(readFileSync(`${folder}/input`, 'utf8')) as Notification
  assert.is(input.event, 'rollback')
  const words = `two words|rollback|lb1|${'a'.repeat(40)}|it is rolled-back|20240102120000000|`
  assert.is(readFileSync(`${folder}/words`, 'utf8'), words)
})

test('a command that fails, and one that is not there, are told in the log', async () => {
  const failing = start({ command: ['sh', '-c', 'echo no mail >&2; exit 3'] })
  failing.notifier.tell(ran('failed'))
  await until('given up', () => failing.log.some((line) => line.startsWith('error')))
  assert.match(failing.log.at(-1) ?? '', 'ended with 3: no mail')
  const absent = start({ command: ['/no/such/program'] })
  absent.notifier.tell(ran('failed'))
  await until('given up', () => absent.log.some((line) => line.startsWith('error')))
  assert.match(absent.log.at(-1) ?? '', 'is not installed')
})

test('one way that gets through is enough', async () => {
  const { url, got } = await webhook(200)
  const { notifier, log } = start({ url, command: ['false'] })
  notifier.tell(ran('failed'))
  await until('given up', () => log.some((line) => line.startsWith('error')))
  notifier.tell(ran('failed'))
  await notifier.stop()
  assert.is(got.length, 1)
})

test('without notify nobody is told, until agent.yml says so', async () => {
  const { url, got } = await webhook(200)
  const { notifier } = start({})
  notifier.configure(null)
  notifier.tell(ran('failed'))
  notifier.configure({ url, command: null, hold: 1 })
  notifier.tell(ran('refused'))
  await until('told', () => got.length === 1)
  assert.is(events(got), 'refusal')
  await notifier.stop()
})

test('a damaged memory is none', async () => {
  const { url, got } = await webhook(200)
  const { notifier, again, folder } = start({ url })
  await notifier.stop()
  writeFileSync(join(folder, 'notified.json'), '{"version":1')
  const second = again()
  second.tell(ran('failed'))
  await until('told', () => got.length === 1)
  await second.stop()
  assert.match(readFileSync(join(folder, 'notified.json'), 'utf8'), 'failure aaaa')
})

test.run()

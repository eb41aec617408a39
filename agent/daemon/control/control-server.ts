import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import type { Request } from '../../converge/request.ts'
import type { Listener, Report } from '../../report/report.ts'
import { HeldError, LocalError, messageOf } from '../../system/errors.ts'
import type { Part } from '../part.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { askedSchema } from './message.ts'
import type { Answer, Asked, Hello } from './message.ts'

/** What can be asked of a daemon. */
export interface ControlHandler {
  readonly hello: Hello
  /** Rejects with HeldError when the run will not come. */
  run(request: Request, on: Listener): Promise<Report>
  status(): DaemonStatus
}

/**
 * Listens at the control socket. A run goes on when its client is gone. Stopped, answers that are on their way
 * still come to their end.
 * @throws LocalError when the socket can't be made
 */
export async function serveControl(socket: string, handler: ControlHandler): Promise<Part> {
  const server = createServer((connection) => {
    // The client may be gone at any time.
    connection.on('error', () => {})
    const say = (line: Hello | Answer): void => {
      if (connection.writable) connection.write(`${JSON.stringify(line)}\n`)
    }
    say(handler.hello)
    createInterface({ input: connection }).once('line', (line) => {
      void answer(line, handler, say).finally(() => connection.end())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) => reject(new LocalError(`${socket}: ${error.message}`)))
    try {
      mkdirSync(dirname(socket), { recursive: true })
      // One that a killed daemon has left: who calls this knows that none runs.
      rmSync(socket, { force: true })
    } catch (error) {
      reject(new LocalError(`${socket}: ${messageOf(error)}`))
      return
    }
    server.listen(socket, () => {
      chmodSync(socket, 0o600)
      resolve()
    })
  })
  return { stop: () => void server.close() }
}

async function answer(
  line: string,
  handler: ControlHandler,
  say: (answer: Answer) => void,
): Promise<void> {
  try {
    const asked: Asked = v.parse(askedSchema, JSON.parse(line))
    if (asked.ask === 'status') say({ status: handler.status() })
    else say({ report: await handler.run(asked.run, (event) => say({ event })) })
  } catch (error) {
    const message = messageOf(error)
    say({ error: { message, isHeld: error instanceof HeldError } })
  }
}

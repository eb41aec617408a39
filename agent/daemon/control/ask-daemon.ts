import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import type { Request } from '../../converge/request.ts'
import type { Listener, Report } from '../../report/report.ts'
import { HeldError, LocalError } from '../../system/errors.ts'
import { parseJson } from '../../system/parse-json.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { answerSchema, helloSchema, protocol } from './message.ts'
import type { Answer, Asked, Hello } from './message.ts'

/** Milliseconds in which a daemon that is well has said its first line, on a busy machine too. */
const timeout = 5_000

/** Follows the run in a daemon. */
export interface Asker {
  readonly on: Listener
  /** The daemon has the run, which from now on does not need us. */
  readonly onAccepted: (hello: Hello) => void
}

/**
 * Asks the daemon of this node for a run.
 * @returns null when no daemon runs
 * @throws HeldError when it does not take runs now
 * @throws LocalError when it does not answer, is of another version, or ends before the run
 */
export async function askForRun(
  socket: string,
  run: Request,
  { on, onAccepted }: Asker,
): Promise<Report | null> {
  const conversation = await converse(socket, { ask: 'run', run })
  if (conversation === null) return null
  onAccepted(conversation.hello)
  for await (const answer of conversation.answers) {
    if ('event' in answer) on(answer.event)
    else if ('report' in answer) return answer.report
  }
  throw new LocalError(
    'the daemon ended before the run did: "evenkeel status" shows where the node stands, "journalctl -u evenkeel" why. What was cut short is taken back when the daemon is back.',
  )
}

/** What the daemon of this node says of itself; null when none runs. @throws LocalError as above */
export async function askForStatus(socket: string): Promise<DaemonStatus | null> {
  const conversation = await converse(socket, { ask: 'status' })
  if (conversation === null) return null
  for await (const answer of conversation.answers) if ('status' in answer) return answer.status
  throw new LocalError('the daemon gave no answer')
}

interface Conversation {
  readonly hello: Hello
  readonly answers: AsyncIterable<Answer>
}

async function converse(socket: string, asked: Asked): Promise<Conversation | null> {
  const connection = await open(socket)
  if (connection === null) return null
  const lines = createInterface({ input: connection })[Symbol.asyncIterator]()
  const timer = setTimeout(() => connection.destroy(), timeout)
  const first = await lines.next()
  clearTimeout(timer)
  const greeted = v.safeParse(helloSchema, first.done === true ? null : parseJson(first.value))
  if (!greeted.success) {
    connection.destroy()
    throw new LocalError(
      `the daemon does not answer at ${socket}: "systemctl restart evenkeel" starts it anew`,
    )
  }
  const hello = greeted.output
  if (hello.protocol !== protocol) {
    connection.destroy()
    throw foreign(hello)
  }
  connection.write(`${JSON.stringify(asked)}\n`)
  return { hello, answers: readAnswers(lines, hello, () => connection.destroy()) }
}

/** A line that a daemon which has just died left half written is none. */
async function* readAnswers(
  lines: AsyncIterator<string>,
  hello: Hello,
  close: () => void,
): AsyncGenerator<Answer> {
  try {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      const value = parseJson(line.value)
      if (value === null) return
      const read = v.safeParse(answerSchema, value)
      if (!read.success) throw foreign(hello)
      const answer = read.output
      if ('error' in answer) {
        const { message, isHeld } = answer.error
        throw isHeld ? new HeldError(message) : new LocalError(message)
      }
      yield answer
    }
  } finally {
    close()
  }
}

function foreign({ pid, version }: Hello): LocalError {
  return new LocalError(
    `the daemon (pid ${pid}) is of version ${version} and does not understand this one: "systemctl restart evenkeel" starts the new one`,
  )
}

/** null: nobody listens, as when a killed daemon has left its socket. */
function open(socket: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    connection.once('connect', () => {
      // From now on an end is an end, whatever the reason.
      connection.on('error', () => {})
      resolve(connection)
    })
    connection.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null)
      else reject(new LocalError(`${socket}: ${error.message}`))
    })
  })
}

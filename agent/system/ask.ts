import { connect } from 'node:net'

/** Answers longer than this are cut: the longest we ask for, `show servers state`, is far below it. */
const answerLimit = 16 * 1024 * 1024

/** What came of a question to a unix socket. */
export type Answer =
  | { readonly type: 'answer'; readonly text: string }
  /** There is no such socket, or nobody listens at it. */
  | { readonly type: 'refused' }
  /** Somebody listens, and did not answer in full and in time. */
  | { readonly type: 'silent' }

/**
 * Sends one line to a unix stream socket (haproxy's admin or master socket) and reads until the peer
 * closes. A wedged haproxy accepts the connection and says nothing, so that connecting alone proves
 * nothing.
 */
export function askSocket(socket: string, line: string, deadline = 1000): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const connection = connect({ path: socket })
    const finish = (answer: Answer): void => {
      clearTimeout(timer)
      connection.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => {
      // An answer that waits to be read, since we ourselves were busy, is read first
      setImmediate(() => setImmediate(() => finish({ type: 'silent' })))
    }, deadline)
    connection.on('connect', () => connection.write(`${line}\n`))
    connection.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= answerLimit) chunks.push(chunk)
    })
    connection.on('end', () => finish({ type: 'answer', text: Buffer.concat(chunks).toString() }))
    connection.on('error', ({ code }: NodeJS.ErrnoException) =>
      finish({ type: code === 'ECONNREFUSED' || code === 'ENOENT' ? 'refused' : 'silent' }),
    )
  })
}

/** The answer alone; null when nobody answers within `deadline` milliseconds. */
export async function ask(socket: string, line: string, deadline = 1000): Promise<string | null> {
  const answer = await askSocket(socket, line, deadline)
  return answer.type === 'answer' ? answer.text : null
}

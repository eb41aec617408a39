import { connect } from 'node:net'

/** Answers longer than this are cut: the longest we ask for, `show servers state`, is far below it. */
const answerLimit = 16 * 1024 * 1024

/**
 * Sends one line to a unix stream socket (haproxy's admin or master socket) and reads until the peer
 * closes. null when nobody listens or the answer is not whole within `deadline` milliseconds: a wedged
 * haproxy accepts the connection and says nothing, so that connecting alone proves nothing.
 */
export function ask(socket: string, line: string, deadline = 1000): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const connection = connect({ path: socket })
    const finish = (answer: string | null): void => {
      clearTimeout(timer)
      connection.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => finish(null), deadline)
    connection.on('connect', () => connection.write(`${line}\n`))
    connection.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= answerLimit) chunks.push(chunk)
    })
    connection.on('end', () => finish(Buffer.concat(chunks).toString()))
    connection.on('error', () => finish(null))
  })
}

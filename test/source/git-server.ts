import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:net'

/** A `git daemon` on loopback, ended with its test at the latest. */
export interface GitDaemon {
  readonly port: number
  /** Ends it and returns once it is gone. */
  stop(): Promise<void>
}

/** Serves every repo below a folder. */
export async function startDaemon(folder: string): Promise<GitDaemon> {
  const port = await freePort()
  // The program itself rather than `git daemon`, which would be its parent and leave it behind.
  const child = spawn(
    '/usr/lib/git-core/git-daemon',
    ['--listen=127.0.0.1', `--port=${port}`, '--export-all', `--base-path=${folder}`, folder],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  for (let tries = 0; tries < 6000 && !(await isListening(port)); tries++) await sleep(20)
  return {
    port,
    async stop() {
      kill()
      await ended
    },
  }
}

/** A server that takes connections and never says a word. */
export async function startSilentServer(): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer()
  const { port } = await listen(server)
  server.unref()
  return { port, stop: () => server.close() }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const { port } = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listen(server: ReturnType<typeof createServer>): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('no port'))
      else resolve(address)
    })
  })
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

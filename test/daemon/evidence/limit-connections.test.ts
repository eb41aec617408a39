/** Connections that say nothing, and a peer that asks meanwhile. */
import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { limitConnections } from '../../../agent/daemon/evidence/limit-connections.ts'

const clients = new Set<Socket>()
let server: Server

/** A server that trusts whoever asks it for anything. @returns its port */
async function serve(limits: {
  readonly all: number
  readonly perAddress: number
}): Promise<number> {
  server = createServer((request, response) => {
    guard.trust(request.socket)
    response.end('fine')
  })
  const guard = limitConnections(server, limits)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A client at an address of its own, which is silent. */
async function open(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  clients.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => void clients.delete(socket))
  const accepted = once(server, 'connection')
  await Promise.all([once(socket, 'connect'), accepted])
  return socket
}

async function ask(port: number, localAddress: string, agent?: Agent): Promise<string> {
  const request = get({ port, host: '127.0.0.1', localAddress, ...(agent && { agent }) })
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
  let text = ''
  for await (const part of response) text += String(part)
  return text
}

test.after.each(() => {
  for (const socket of clients) socket.destroy()
  server.closeAllConnections()
  server.close()
})

test('64 silent connections of one address leave the peer its own', async () => {
  const port = await serve({ all: 32, perAddress: 8 })
  for (let count = 0; count < 64; count++) await open(port, '127.0.0.2')
  assert.is(await ask(port, '127.0.0.3'), 'fine')
})

test('of many addresses, the oldest silent one goes first, and one that has asked stays', async () => {
  const port = await serve({ all: 4, perAddress: 2 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  assert.is(await ask(port, '127.0.0.9', agent), 'fine')
  const [first, second] = [await open(port, '127.0.1.1'), await open(port, '127.0.1.2')]
  await open(port, '127.0.1.3')
  assert.not(first.destroyed)
  const closed = once(first, 'close')
  await open(port, '127.0.1.4')
  await closed
  assert.not(second.destroyed)
  let connections = 0
  server.on('connection', () => (connections += 1))
  assert.is(await ask(port, '127.0.0.9', agent), 'fine')
  assert.is(connections, 0)
  agent.destroy()
})

test('silent connections of the address of a peer end before the one that has asked', async () => {
  const port = await serve({ all: 32, perAddress: 2 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  assert.is(await ask(port, '127.0.0.9', agent), 'fine')
  for (let count = 0; count < 8; count++) await open(port, '127.0.0.9')
  let connections = 0
  server.on('connection', () => (connections += 1))
  assert.is(await ask(port, '127.0.0.9', agent), 'fine')
  assert.is(connections, 0)
  agent.destroy()
})

test.run()

/** Asks the real kernel. */
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isListened } from '../../agent/system/is-listened.ts'

async function listen(host: string): Promise<{ server: Server; port: number; accepted: number[] }> {
  const accepted: number[] = []
  const server = createServer((socket) => {
    accepted.push(socket.remotePort ?? 0)
    socket.destroy()
  })
  server.listen(0, host)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, accepted }
}

for (const [host, asked] of [
  ['0.0.0.0', '0.0.0.0'],
  ['0.0.0.0', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['::', '::'],
  ['::', '0.0.0.0'],
] as const) {
  test(`a listener on ${host} is seen at ${asked}, and meets no connection`, async () => {
    const { server, port, accepted } = await listen(host)
    assert.is(await isListened(asked, port), true)
    server.close()
    await once(server, 'close')
    assert.equal(accepted, [])
    assert.is(await isListened(asked, port), false)
  })
}

test('another address of this node is free', async () => {
  const { server, port } = await listen('127.0.0.2')
  assert.is(await isListened('127.0.0.3', port), false)
  server.close()
})

test.run()

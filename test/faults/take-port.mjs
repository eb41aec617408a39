// take-port.mjs PORT: waits until the port is free, takes it, and answers nobody.
import { createServer } from 'node:net'

const port = Number(process.argv[2])
const server = createServer((socket) => socket.destroy())
const listen = () => server.listen(port, '0.0.0.0')
server.on('error', () => setTimeout(listen, 1))
listen()

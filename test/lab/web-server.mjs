// A real server: answers every request with its name. Arguments: name, port.
import { createServer } from 'node:http'

const [name, port] = process.argv.slice(2)
createServer((_request, response) => response.end(`${name}\n`)).listen(Number(port))

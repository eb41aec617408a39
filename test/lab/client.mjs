// Asks a web server again and again until it is told to stop, and prints what became of the requests.
// Arguments: URL, Host header, milliseconds between requests. Every request has a connection of its own.
import { get } from 'node:http'

const [url, host, interval] = process.argv.slice(2)
const counts = { ok: 0, failed: 0, servers: {}, failures: [] }
/** Longer than a healthy answer ever takes, shorter than any failover that would go unnoticed. */
const timeout = 2000

function ask() {
  const request = get(url, { agent: false, headers: { host }, timeout }, (response) => {
    let body = ''
    response.on('data', (chunk) => (body += chunk))
    response.on('end', () => {
      if (response.statusCode === 200) {
        counts.ok += 1
        counts.servers[body.trim()] = (counts.servers[body.trim()] ?? 0) + 1
      } else fail(`status ${response.statusCode}`)
    })
    response.on('error', (error) => fail(error.message))
  })
  request.on('timeout', () => request.destroy(new Error('timeout')))
  request.on('error', (error) => fail(error.message))
}

function fail(reason) {
  counts.failed += 1
  if (counts.failures.length < 5) counts.failures.push(`${new Date().toISOString()} ${reason}`)
}

const timer = setInterval(ask, Number(interval))
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    clearInterval(timer)
    // What is under way may end.
    setTimeout(() => {
      process.stdout.write(JSON.stringify(counts))
      process.exit(0)
    }, 300)
  })
}

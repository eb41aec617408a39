// Asks a web server again and again until its stdin ends, and prints what became of the requests:
// how many came back and how many failed, who answered (bodies), and the longest time without an answer.
// Arguments: URL; Host headers, joined by commas; milliseconds between requests; `keep-cookies` to send
// back the cookies of each host. Every request has a connection of its own.
import { get } from 'node:http'

const [url, hostList, interval, cookieMode] = process.argv.slice(2)
const hosts = hostList.split(',')
const keepsCookies = cookieMode === 'keep-cookies'
const cookies = new Map()
const counts = { ok: 0, failed: 0, servers: {}, longestGap: 0, failures: [] }
/** Longer than a healthy answer ever takes, shorter than any failover that would go unnoticed. */
const timeout = 2000
const underWay = new Set()
let lastAnswer = performance.now()

async function ask() {
  // In turn, each of two hosts would always meet the same of two servers.
  const host = hosts[Math.floor(Math.random() * hosts.length)]
  try {
    const { body, setCookies } = await request({ host, ...cookies.get(host) })
    if (keepsCookies && setCookies) {
      cookies.set(host, { cookie: setCookies.map((one) => one.split(';')[0]).join('; ') })
    }
    counts.ok += 1
    counts.servers[body] = (counts.servers[body] ?? 0) + 1
    endGap()
  } catch (error) {
    counts.failed += 1
    if (counts.failures.length < 5) {
      counts.failures.push(`${new Date().toISOString()} ${host}: ${error.message}`)
    }
  }
}

function request(headers) {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false, headers, timeout }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
        resolve({ body: body.trim(), setCookies: response.headers['set-cookie'] })
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', reject)
  })
}

function endGap() {
  const now = performance.now()
  counts.longestGap = Math.max(counts.longestGap, Math.round(now - lastAnswer))
  lastAnswer = now
}

const timer = setInterval(() => {
  // A second request before the first answer would be that of another visitor.
  if (keepsCookies && underWay.size > 0) return
  const asked = ask().then(() => underWay.delete(asked))
  underWay.add(asked)
}, Number(interval))
process.stdin.resume().on('end', async () => {
  clearInterval(timer)
  endGap()
  await Promise.all(underWay)
  process.stdout.write(JSON.stringify(counts))
})

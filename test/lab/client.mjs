// Asks a web server again and again until its stdin ends, and prints what became of the requests:
// how many came back and how many failed, who answered (bodies), and the longest time without an answer.
// A line on stdin prints this as well, and counting starts anew.
// Arguments: URL; Host headers, joined by commas; milliseconds between requests; milliseconds that an
// answer may take; `keep-cookies` to send back the cookies of each host. Every request has a connection
// of its own.
import { get } from 'node:http'

const [url, hostList, interval, timeout, cookieMode] = process.argv.slice(2)
const hosts = hostList.split(',')
const keepsCookies = cookieMode === 'keep-cookies'
const cookies = new Map()
/** Milliseconds: shorter times without an answer are told of as the longest alone. */
const notable = 25
const underWay = new Set()
let counts = startCounting()
let lastAnswer = performance.now()

function startCounting() {
  return { ok: 0, failed: 0, servers: {}, longestGap: 0, gaps: [], failures: [] }
}

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
    const sent = get(url, { agent: false, headers }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
        resolve({ body: body.trim(), setCookies: response.headers['set-cookie'] })
      })
    })
    // Of the whole request: the option `timeout` would be one of silence
    const timer = setTimeout(() => sent.destroy(new Error('timeout')), Number(timeout))
    sent.on('error', reject)
    sent.on('close', () => clearTimeout(timer))
  })
}

function endGap() {
  const now = performance.now()
  const gap = Math.round(now - lastAnswer)
  counts.longestGap = Math.max(counts.longestGap, gap)
  if (gap >= notable) counts.gaps.push({ end: Date.now(), length: gap })
  lastAnswer = now
}

function print() {
  process.stdout.write(`${JSON.stringify(counts)}\n`)
  counts = startCounting()
}

const timer = setInterval(() => {
  // A second request before the first answer would be that of another visitor.
  if (keepsCookies && underWay.size > 0) return
  const asked = ask().then(() => underWay.delete(asked))
  underWay.add(asked)
}, Number(interval))
process.stdin.on('data', () => {
  endGap()
  print()
})
process.stdin.on('end', async () => {
  clearInterval(timer)
  endGap()
  await Promise.all(underWay)
  print()
})

import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** The certificates that this node trusts, an internal authority among them; Node has only its own. */
const systemCertificates = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Posts JSON to a webhook. Does not follow a redirection, which would be another address than the one that
 * a person wrote down.
 * @param timeout milliseconds, for all of it
 * @throws Error when it does not answer with 2xx in time
 */
export function post(url: string, body: string, timeout: number): Promise<void> {
  const isTls = new URL(url).protocol === 'https:'
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'evenkeel',
    },
    agent: false,
    signal: AbortSignal.timeout(timeout),
  } as const
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const isLate = error.name === 'AbortError' || error.name === 'TimeoutError'
      reject(isLate ? new Error(`no answer within ${timeout / 1000} s`) : error)
    }
    const asked = isTls
      ? requestHttps(url, { ...options, ...certificates() })
      : requestHttp(url, options)
    asked.on('error', fail)
    asked.on('response', (response) => {
      const { statusCode = 0 } = response
      response.on('error', fail)
      response.resume()
      if (statusCode >= 200 && statusCode < 300) resolve()
      else reject(new Error(`status ${statusCode}`))
      // Nothing in the answer matters
      response.destroy()
    })
    asked.end(body)
  })
}

function certificates(): { readonly ca?: string } {
  try {
    return { ca: readFileSync(systemCertificates, 'utf8') }
  } catch {
    return {}
  }
}

import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('../../roles/haproxy/files/haproxy-state', import.meta.url))
let folder = ''

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'haproxy-state-'))
  writeFileSync(join(folder, 'haproxy.cfg'), config)
})
test.after.each(() => rmSync(folder, { recursive: true }))

const config = `
global
    maxconn 100
backend web
    server web1 192.0.2.21:8081 check
    server web2 [2001:db8::2]:8082
    server named name.example.com
listen tcp-in
    server web1 192.0.2.21:25
peers web
    server web1 192.0.2.11:10000
`

const header = '# be_id be_name srv_id srv_name …'

/** A line of haproxy's answer: 25 fields, the 7th the administrative state (1 is maintenance), the 19th the port. */
function line(backend: string, server: string, state: number, port: number): string {
  const head = `4 ${backend} 1 ${server} 192.0.2.21 2 ${state} 1 1 9 6 3 4 6 0 0 0 -`
  return `${head} ${port} - 0 0 - - 0`
}

/** The same as it is kept. */
function kept(backend: string, server: string, state: number, port: number): string {
  return line(backend, server, state, port).replace(' 0 0 - - 0', '')
}

/** haproxy gives `answer` by way of a stand-in for socat, or none. */
function answerWith(answer: string | null): void {
  writeFileSync(join(folder, 'answer'), answer ?? '')
  const give = answer === null ? 'exit 1' : `cat ${join(folder, 'answer')}`
  writeFileSync(join(folder, 'socat'), `#!/bin/sh\n${give}\n`)
  chmodSync(join(folder, 'socat'), 0o755)
}

function environment(): Record<string, string> {
  return {
    PATH: `${folder}:${process.env['PATH']}`,
    CONFIG: join(folder, 'haproxy.cfg'),
    HAPROXY_STATE: join(folder, 'state'),
  }
}

function run(verb: string, answer: string | null = null): void {
  answerWith(answer)
  execFileSync('sh', [script, verb], { env: environment(), stdio: 'pipe' })
}

const state = (): string => readFileSync(join(folder, 'state'), 'utf8')

test('keeps what haproxy answers', () => {
  run('save', ['1', header, line('web', 'web1', 1, 8081), '', ''].join('\n'))
  assert.equal(state().split('\n').slice(2), [kept('web', 'web1', 1, 8081), '', ''])
})

test('puts in the port that the configuration has now', () => {
  const saved = [
    line('web', 'web1', 0, 80),
    line('web', 'web2', 1, 80),
    line('tcp-in', 'web1', 0, 26),
  ]
  run('save', ['1', header, ...saved, '', ''].join('\n'))
  const lines = [
    kept('web', 'web1', 0, 8081),
    kept('web', 'web2', 1, 8082),
    kept('tcp-in', 'web1', 0, 25),
  ]
  assert.equal(state().split('\n').slice(2, 5), lines)
})

test('keeps the port of a server that the configuration gives none, or does not name', () => {
  const saved = [line('web', 'named', 0, 80), line('web', 'template3', 0, 81)]
  run('save', ['1', header, ...saved, '', ''].join('\n'))
  const lines = [kept('web', 'named', 0, 80), kept('web', 'template3', 0, 81)]
  assert.equal(state().split('\n').slice(2, 4), lines)
})

test('follows a configuration that changed while haproxy was down', () => {
  run('save', ['1', header, line('web', 'web1', 1, 8081), '', ''].join('\n'))
  writeFileSync(join(folder, 'haproxy.cfg'), config.replace('8081', '9091'))
  run('prepare')
  assert.equal(state().split('\n')[2], kept('web', 'web1', 1, 9091))
})

test('keeps the state saved before when haproxy does not answer, or only in part', () => {
  run('save', ['1', header, line('web', 'web1', 1, 8081), '', ''].join('\n'))
  const before = state()
  run('save')
  assert.is(state(), before)
  run('save', ['1', header, '4 web 1 we'].join('\n'))
  assert.is(state(), before)
})

test('makes a file without servers before the first start', () => {
  run('prepare')
  assert.is(state(), '1\n')
})

test('a reload may save while the timer does', async () => {
  answerWith(['1', header, line('web', 'web1', 1, 8081), '', ''].join('\n'))
  const save = promisify(execFile)
  const saves = Array.from({ length: 20 }, () =>
    save('sh', [script, 'save'], { env: environment() }),
  )
  for (const { stderr } of await Promise.all(saves)) assert.is(stderr, '')
  assert.is(state().split('\n')[2], kept('web', 'web1', 1, 8081))
})

test('leaves nothing else behind', () => {
  const before = readdirSync(folder)
  run('save', '1\n\n')
  run('save')
  run('prepare')
  const fresh = readdirSync(folder).filter((name) => !before.includes(name))
  assert.equal(fresh, ['answer', 'socat', 'state'])
})

test.run()

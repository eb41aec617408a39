/** `evenkeel daemon` as a process of its own, on a machine of its own: /etc, /run and /var/lib are folders of the test. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { temporaryFolder } from '../source/git-repo.ts'

const main = join(import.meta.dirname, '../../agent/main.ts')
/** Milliseconds: a start takes a second or two, and a process that stays would do so for ever. */
const longest = 60_000

/** In a mount namespace of its own. The folders of this machine shine through where the test has nothing. */
const script = `
mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" overlay /etc
mount --bind "$1/run" /run
mount --bind "$1/lib" /var/lib
exec "$2" --import tsx "$3" daemon`

interface Ended {
  readonly code: number | null
  readonly said: string
}

/** A machine whose agent.yml has this text; null: there is none. */
function createMachine(agent: string | null): { readonly folder: string; run(): Promise<Ended> } {
  const folder = temporaryFolder()
  for (const name of ['etc/evenkeel', 'work', 'run/evenkeel', 'lib']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  if (agent !== null) writeFileSync(join(folder, 'etc/evenkeel/agent.yml'), agent)
  return {
    folder,
    run: () =>
      new Promise((resolve) => {
        const argv = ['--mount', 'sh', '-ec', script, 'sh', folder, process.execPath, main]
        const child = spawn('unshare', argv, { detached: true, timeout: longest })
        let said = ''
        child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
        child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
        child.on('close', (code) => resolve({ code, said }))
      }),
  }
}

const good = 'repo: /nowhere\nnode: lb1\n'

const wrong: readonly (readonly [string, string | null, RegExp])[] = [
  ['no agent.yml', null, /there is no \/etc\/evenkeel\/agent\.yml: create it/],
  ['no YAML', 'repo: [\n', /agent\.yml:2: the \[ that opens before this line never closes/],
  ['a key with a typo', `${good}scedule: "* * * * *"\n`, /agent\.yml:3 scedule: unknown key/],
  ['a schedule that is none', `${good}schedule: "99 * * * *"\n`, /schedule/],
]

for (const [name, agent, expected] of wrong) {
  test(`${name}: it says so and ends with 64`, async () => {
    const { code, said } = await createMachine(agent).run()
    assert.is(code, 64, said)
    assert.match(said, expected)
  })
}

test('a control socket that can not be made: it ends, though much of it runs already', async () => {
  const { folder, run } = createMachine(good)
  mkdirSync(join(folder, 'run/evenkeel/control.sock/occupied'), { recursive: true })
  const { code, said } = await run()
  assert.is(code, 1, said)
  assert.match(said, /control\.sock/)
})

test('a second daemon, of another version than the first, ends and leaves the socket of the first one alone', async () => {
  const { folder, run } = createMachine(good)
  const socket = join(folder, 'run/evenkeel/control.sock')
  const hello = { protocol: 1, version: 'test', pid: 7 }
  const first = createServer((connection) => {
    connection.write(`${JSON.stringify(hello)}\n`)
    connection.once('data', () => connection.end(`${JSON.stringify({ status: { pid: 7 } })}\n`))
  })
  await new Promise<void>((resolve) => first.listen(socket, resolve))
  const { code, said } = await run()
  const left = readdirSync(join(folder, 'run/evenkeel'))
  first.close()
  assert.is(code, 1, said)
  assert.match(said, /daemon \(pid 7\) is of version test/)
  assert.equal(left, ['control.sock'])
})

test.run()

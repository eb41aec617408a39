// Loaded into the agent before its program (node --import): tells what it does to the node, one operation after
// another, and stops it at one of them. Operations are what it prints, changes of files, and commands; the same
// one a second time is another.
//   CUT_LIST=FILE                  write every operation to the file, one a line
//   CUT_AT=OPERATION|PREFIX* CUT_HOW=kill|hang|power [CUT_DELAY=MS]
//                                  at that operation, before it is done, or so many ms later: kill the agent, let
//                                  it hang, or cut the node's power; /root/was-cut says that it was met
import { execFileSync, spawn } from 'node:child_process'
import childProcess from 'node:child_process'
import { appendFileSync, readlinkSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const { CUT_LIST: list, CUT_AT: wanted, CUT_HOW: how, CUT_DELAY: delay = '0' } = process.env
/** Run within the node: reboot(2) in a PID namespace ends all of its processes at once. */
const cuts = {
  kill: ['kill', '-KILL', String(process.pid)],
  hang: ['kill', '-STOP', String(process.pid)],
  power: ['systemctl', '--force', '--force', 'poweroff'],
}
const met = new Map()
const prefix = wanted?.endsWith('*') ? wanted.slice(0, -1) : null
let isMet = false

function tell(what) {
  // Random and temporary parts of names
  const name = what
    .replace(/\.?[0-9a-f]{12}\.evenkeel-new/g, '.new')
    .replace(/\b(applying|watching)_[0-9a-z]+/g, '$1')
    .replace(/(\/proc\/|"\$0" )[0-9]+/g, '$1PID')
    .replace(/ \([0-9]+ ms\)$/, '')
    .replace(/\s+/g, ' ')
    .slice(0, 150)
  const times = (met.get(name) ?? 0) + 1
  met.set(name, times)
  const operation = times === 1 ? name : `${name} (${times})`
  if (list) appendFileSync(list, `${operation}\n`)
  if (isMet || (operation !== wanted && !(prefix && operation.startsWith(prefix)))) return
  isMet = true
  writeFileSync('/root/was-cut', operation)
  const [program, ...words] = cuts[how]
  if (delay === '0') stopHere(program, words)
  else sleepThen(Number(delay), [program, ...words])
}

/** Nothing happens any more, however long it takes until that has an effect. */
function stopHere(program, words) {
  execFileSync(program, words)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/** In a process of its own: the agent may be busy then. */
function sleepThen(milliseconds, argv) {
  const script = 'sleep "$0"; exec "$@"'
  const words = ['-c', script, String(milliseconds / 1000), ...argv]
  spawnUntold('sh', words, { detached: true, stdio: 'ignore' })
}
const spawnUntold = spawn

/** The path of what the agent names by a descriptor of its own. */
function named(path) {
  const [, descriptor, rest = ''] = /^(\/proc\/self\/fd\/\d+)(\/.*)?$/.exec(path) ?? []
  return descriptor === undefined ? path : `${readlinkSync(descriptor)}${rest}`.replace(/\/\.$/, '')
}

for (const name of [
  'rename',
  'unlink',
  'rmdir',
  'rm',
  'symlink',
  'chmod',
  'chown',
  'mkdir',
  'writeFile',
  'open',
]) {
  const real = fs[name]
  fs[name] = (...words) => {
    // Opened to be read (O_ACCMODE): nothing happens
    const isRead = name === 'open' && typeof words[1] === 'number' && (words[1] & 3) === 0
    const path = name === 'rename' || name === 'symlink' ? words[1] : words[0]
    if (!isRead) tell(`${name} ${named(path)}`)
    return real(...words)
  }
}
childProcess.spawn = (program, words, options) => {
  tell(`run ${[program, ...words].join(' ')}`)
  return spawnUntold(program, words, options)
}
syncBuiltinESMExports()

for (const stream of [process.stdout, process.stderr]) {
  const real = stream.write.bind(stream)
  stream.write = (text, ...rest) => {
    const isTold = real(text, ...rest)
    // When the line is out, since whoever reads it acts on it
    for (const line of String(text).split('\n')) {
      if (/^(… |changed: |ok: |failed: )/.test(line)) tell(line)
    }
    return isTold
  }
}

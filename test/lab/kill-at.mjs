// kill-at.mjs SIGNAL COUNT COMMAND…: runs the command, and sends it the signal when it tells its COUNTth event
// from the journal on (a step, or something changed). Prints the event; nothing when the command ended first.
import { spawn } from 'node:child_process'

const [signal, count, program, ...words] = process.argv.slice(2)
const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
let seen = 0
for (const stream of [child.stdout, child.stderr]) {
  stream.setEncoding('utf8')
  stream.on('data', (text) => {
    for (const line of text.split('\n')) {
      const isEvent = /^(… |changed: )/.test(line)
      if (!isEvent || (seen === 0 && line !== '… writing down the way back')) continue
      seen += 1
      if (seen !== Number(count)) continue
      child.kill(signal)
      process.stdout.write(`${line}\n`)
      if (signal === 'SIGSTOP') process.exit(0)
    }
  })
}

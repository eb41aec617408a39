/**
 * Takes the lock in the folder given and says so with the pid of a command that it started afterwards,
 * then waits to be ended.
 */
import { spawn } from 'node:child_process'
import { argv, stdout } from 'node:process'
import { lock } from '../../agent/system/lock.ts'

const [, , run = ''] = argv
await lock({ run }, 'converge', { now: () => Date.parse('2024-01-02T12:03:11') })
const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
stdout.write(`${child.pid}\n`)
setInterval(() => {}, 60_000)

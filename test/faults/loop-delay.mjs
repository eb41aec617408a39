// Keeps the longest time in milliseconds for which an event loop stood still since the file /root/loop-delay-NAME was
// last removed, the usual one, and of the longest one what was our own work on the CPU and what was waiting for one.
// Loaded into the daemon beside the program (node --import); `node loop-delay.mjs control` is a process that does
// nothing else: what it is delayed by is the scheduler.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds. */
const resolution = 5

/** Milliseconds on the CPU, and waiting for one, of the main thread so far (proc_pid_schedstat). */
function times() {
  const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
  return text.split(' ', 2).map((time) => Number(time) / 1e6)
}

const name = process.argv.find((word) => word === 'daemon' || word === 'control')
if (name !== undefined) {
  const file = `/root/loop-delay-${name}`
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  const none = { late: 0, work: 0, wait: 0 }
  let worst = none
  /** The longest work of its own between two ticks, whether it was waited for or not. */
  let mostWork = 0
  let before = { at: performance.now(), times: times() }
  const tick = setInterval(() => {
    const now = { at: performance.now(), times: times() }
    const [work, wait] = now.times.map((time, i) => time - before.times[i])
    const late = now.at - before.at - resolution
    if (late > worst.late) worst = { late, work, wait }
    mostWork = Math.max(mostWork, work)
    before = now
  }, resolution)
  const write = setInterval(() => {
    if (!existsSync(file)) {
      delay.reset()
      worst = none
      mostWork = 0
    }
    const numbers = [delay.max / 1e6, delay.percentile(99) / 1e6, worst.work, worst.wait, mostWork]
    writeFileSync(`${file}.next`, `${numbers.map((time) => Math.round(time)).join(' ')}\n`)
    renameSync(`${file}.next`, file)
  }, 200)
  if (name === 'daemon') for (const timer of [tick, write]) timer.unref()
}

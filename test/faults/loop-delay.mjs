// Loaded into the daemon beside the program (node --import): keeps the longest time in milliseconds for which its
// event loop stood still since the file /root/loop-delay was last removed.
import { existsSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

if (process.argv.includes('daemon')) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  setInterval(() => {
    const file = '/root/loop-delay'
    if (!existsSync(file)) delay.reset()
    const [longest, usual] = [delay.max, delay.percentile(99)].map((time) => Math.round(time / 1e6))
    writeFileSync(file, `${longest} ${usual}\n`)
  }, 200).unref()
}

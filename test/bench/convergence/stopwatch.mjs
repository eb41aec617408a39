// On the node: `edit FILE` changes it by hand and prints how many ms it took until it was as before;
// `applied COMMIT` prints when (ms since the epoch) the node was in line with it.
import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [what, subject] = process.argv.slice(2)
const read = (file) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

if (what === 'edit') {
  const good = read(subject)
  appendFileSync(subject, '# by hand\n')
  const start = performance.now()
  while (read(subject) !== good) await sleep(2)
  console.log(performance.now() - start)
} else {
  const applied = () => JSON.parse(read('/var/lib/evenkeel/state.json') ?? '{}').applied?.commit
  while (applied() !== subject) await sleep(10)
  console.log(Date.now())
}

/**
 * attacks every kind of managed path in a folder of a user, who swaps all that is there
 *
 * On this machine, without nodes. Nothing may be won: what is out of the user's reach stays as it is and unread.
 */
import { exit, stdout } from 'node:process'
import { attackTarget } from '../system/attack/attack.ts'
import { targets } from '../system/attack/targets.ts'
import { readSoakFlags } from './read-soak-flags.ts'

const { seed, seconds, only } = readSoakFlags()
let failures = 0
for (const [index, [name, target]] of Object.entries(targets).entries()) {
  if (only !== null && only !== index + 1) continue
  const end = performance.now() + seconds * 1000
  const isOver = (): boolean => performance.now() > end
  const { rounds, ends, won } = await attackTarget(target, seed + index, isOver)
  const counts = Object.entries(ends).map(([how, count]) => `${count} ${how}`)
  stdout.write(`${index + 1}: ${name}: ${rounds} rounds, ${counts.join(', ')}\n`)
  if (won.length === 0) continue
  failures += 1
  stdout.write(`FAIL ${name}: test/soak paths --seed ${seed} --only ${index + 1}\n`)
  stdout.write(`${won.join('\n')}\n`)
}
stdout.write(`seed ${seed}: ${failures} FAILED\n`)
exit(failures > 0 ? 1 : 0)

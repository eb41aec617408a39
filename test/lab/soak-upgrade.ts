/**
 * kills the program of an older commit (--from) in mid-run, and upgrades the pair to this one, under traffic
 *
 * What the older program has left must be read: its journal, state and history. No request may fail.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { exit, stdout } from 'node:process'
import { messageOf } from '../../agent/system/errors.ts'
import { createCrashNode, serves } from './crash-node.ts'
import type { CrashNode, Cut } from './crash-node.ts'
import { programFolder, pushProgram } from './lab.ts'
import { chooseCut, random } from './random-cut.ts'
import { readSoakFlags } from './read-soak-flags.ts'
import { startTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

const { seed, count, only, from } = readSoakFlags()
const older = buildOlder(from)
const draw = random(seed)
let failures = 0
for (let number = 1; number <= (only ?? count); number++) {
  const numbers = [draw(), draw()] as const
  if (only === null || number === only) await attempt(number, numbers)
}
stdout.write(`seed ${seed}, upgrades from ${from}: ${failures} FAILED\n`)
exit(failures > 0 ? 1 : 0)

/** A built checkout of an older commit, which goes with this process. */
function buildOlder(commit: string): string {
  const folder = mkdtempSync('/var/tmp/evenkeel-older-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, folder])
  execFileSync(`${folder}/install.sh`, ['--build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  return folder
}

async function attempt(number: number, [at, delay]: readonly [number, number]): Promise<void> {
  const node = await createCrashNode('master-master', older)
  let what = String(number)
  try {
    const operations = await node.change('new')
    await node.change('old')
    const cut = chooseCut(operations, [0, at, delay])
    what = `${number}: kill ${cut.delay} ms after "${cut.at}"`
    await serves(node.lab)
    const { ok, failed, longestGap, failures: seen } = await upgrade(node, cut)
    if (failed > 0) throw new Error(`${failed} of ${ok + failed} requests failed: ${seen.join()}`)
    stdout.write(`${what}: ${ok} requests, longest gap ${longestGap} ms\n`)
  } catch (error) {
    failures += 1
    const again = `test/soak upgrade --from ${from} --seed ${seed} --only ${number}`
    stdout.write(`FAIL ${what}: ${again}\n${messageOf(error)}\n`)
  } finally {
    node.lab.down()
  }
}

/** @returns what visitors saw meanwhile */
async function upgrade({ lab, cut, to }: CrashNode, where: Cut): Promise<Traffic> {
  const runs = (name: string): readonly string[] => {
    const { stdout: text } = lab.exec(name, 'evenkeel', 'history', '--lines', '1000', '--json')
    return (JSON.parse(text) as readonly { readonly id: string }[]).map(({ id }) => id)
  }
  const visitors = startTraffic(lab, 'git', {
    url: `http://${lab.address('vip1')}/`,
    sites: ['www.example.com'],
    interval: 20,
  })
  cut(to('new'), where)
  for (const name of ['lb1', 'lb2']) {
    const before = runs(name)
    pushProgram(lab, name)
    lab.sh(name, `${programFolder}/install.sh`)
    lab.sh(name, 'evenkeel converge && evenkeel plan')
    const lost = before.filter((id) => !runs(name).includes(id))
    if (before.length === 0 || lost.length > 0) throw new Error(`${name} has lost ${lost.join()}`)
  }
  const left = lab.sh('lb1', 'sh /root/snapshot.sh leftovers')
  if (left !== '') throw new Error(`left over:\n${left}`)
  return visitors.stop()
}

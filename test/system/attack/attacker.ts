/**
 * A user who wants more than is theirs: owns the folder that the agent manages files in, and swaps what is there, as
 * fast as it can, for links, second names of files, pipes and other folders. Started by attack.ts: folder, folder that
 * is out of reach, seed, and the paths that the agent manages, relative to the folder.
 */
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { argv, ppid, setgid, setgroups, setuid, stdout } from 'node:process'
import { random } from '../../lab/random-cut.ts'

const [, , home = '', outside = '', seed = '', ...managed] = argv
/** nobody */
const user = 65_534
setgroups?.([])
setgid?.(user)
setuid?.(user)

const draw = random(Number(seed))
const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
const spare = join(home, 'spare')
const pipe = join(spare, 'pipe')
const folder = join(spare, 'folder')
let count = 0

/** What can be put in the place of a file, each under a new name. */
const stands: readonly ((at: string, name: string) => void)[] = [
  (at, name) => fs.symlinkSync(join(outside, name), at),
  (at) => fs.symlinkSync(join(outside, 'secret'), at),
  (at) => fs.symlinkSync('/proc/self/environ', at),
  (at) => fs.symlinkSync(outside, at),
  (at) => fs.linkSync(join(outside, 'open'), at),
  (at) => fs.linkSync(pipe, at),
  (at) => fs.writeFileSync(at, `by hand ${count}\n`),
  (at) => fs.writeFileSync(at, 'one\n'),
  (at) => fs.truncateSync(at, 0),
  (at) => {
    fs.writeFileSync(at, '')
    fs.truncateSync(at, 200 * 2 ** 20)
  },
]

/** What can be put in the place of a folder. */
const folders: readonly ((at: string) => void)[] = [
  (at) => fs.symlinkSync(outside, at),
  (at) => fs.symlinkSync(dirname(outside), at),
  (at) => fs.symlinkSync(folder, at),
  (at) => fs.mkdirSync(at),
]

function attempt(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

/** Takes what is at a path away; a folder is only moved, since the agent may have a file of its own in it. */
function takeAway(path: string): void {
  const away = join(spare, `${basename(path)}-${count}`)
  if (!attempt(() => fs.unlinkSync(path))) attempt(() => fs.renameSync(path, away))
  attempt(() => fs.rmSync(away, { recursive: true, force: true }))
}

function swapFile(path: string): void {
  const next = join(spare, `next-${count}`)
  if (!attempt(() => pick(stands)(next, basename(path)))) return
  if (!attempt(() => fs.renameSync(next, path))) {
    takeAway(path)
    attempt(() => fs.renameSync(next, path))
  }
  attempt(() => fs.unlinkSync(next))
}

/** What the agent is just about to put in place. */
function swapTemporary(folder: string): void {
  attempt(() => {
    for (const name of fs.readdirSync(folder)) {
      if (name.endsWith('.evenkeel-new')) swapFile(join(folder, name))
    }
  })
}

/** Away for a moment and back again: whoever has looked before finds a link, and whoever looks afterwards does not. */
function swapFolder(path: string): void {
  if (path === home) return
  const away = join(spare, `away-${count}`)
  attempt(() => fs.renameSync(path, away))
  attempt(() => pick(folders)(path))
  pause(pick([0, 0, 0, 1]))
  // Now and then it stays
  if (draw() < 0.01) return
  attempt(() => fs.unlinkSync(path))
  attempt(() => fs.rmdirSync(path))
  attempt(() => fs.renameSync(away, path))
}

/** Sometimes the agent comes to its end, for which the folders have to be folders. */
function rest(): void {
  for (const path of managed) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      attempt(() => fs.unlinkSync(join(home, above)))
    }
  }
  pause(pick([1, 2, 5, 20, 50, 100]))
}

const clock = new Int32Array(new SharedArrayBuffer(4))
function pause(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(clock, 0, 0, milliseconds)
}

fs.mkdirSync(folder, { recursive: true })
execFileSync('mkfifo', [pipe])
stdout.write('ready\n')
for (; process.ppid === ppid; count++) {
  const path = join(home, pick(managed))
  const above = dirname(path)
  const what = draw()
  if (what < 0.5) swapFile(path)
  else if (what < 0.6) swapTemporary(above)
  else if (what < 0.7) swapFolder(above)
  else if (what < 0.75) swapFolder(dirname(above))
  else if (what < 0.8) takeAway(path)
  else if (what < 0.85) attempt(() => fs.mkdirSync(above, { recursive: true }))
  else rest()
}

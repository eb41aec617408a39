import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findBootSetting, mergeBootFiles } from '../../../agent/resources/sysctl/boot.ts'
import { readBootFiles } from '../../../agent/resources/sysctl/read.ts'
import { createSystem } from '../../../agent/system/create-system.ts'
import { enterNamespace } from '../namespace.ts'

const folders = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((root) => `${root}/sysctl.d`)
const names = ['10-a.conf', '50-b.conf', '99-c.conf', 'zz-d.conf', 'no.txt', '.hidden.conf']
const paths = ['default', 'lo', 'all']
  .flatMap((name) => ['arp_announce', 'arp_ignore'].map((key) => `net/ipv4/conf/${name}/${key}`))
  .concat('net/core/somaxconn')
const patterns = [
  'net.ipv4.conf.*.arp_ignore',
  'net/ipv4/conf/?o/arp_*',
  'net.ipv4.conf.[!a]*.arp_announce',
]

enterNamespace(import.meta.url)

test.before(() => {
  for (const root of ['/run', '/usr/local/lib']) mount(root)
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    mount(folder)
  }
})

test('systemd-sysctl sets what the merge says, for 60 random sets of files', async () => {
  const random = createRandom(20_240_601)
  for (let round = 0; round < 60; round++) {
    const texts = layOut(random)
    await compare(`round ${round}\n${texts}`)
  }
})

test('a repeated value keeps its place, so that a later pattern still wins', async () => {
  for (const folder of folders)
    for (const name of names) rmSync(`${folder}/${name}`, { force: true })
  const [all, some] = ['net.ipv4.conf.*.arp_ignore', 'net.ipv4.conf.l*.arp_ignore']
  writeFileSync('/etc/sysctl.d/10-a.conf', `${all} = 0\n${some} = 1\n${all} = 0\n`)
  await compare('lo is to be 1')
  assert.is(readFileSync('/proc/sys/net/ipv4/conf/lo/arp_ignore', 'utf8').trim(), '1')
})

test.run()

async function compare(situation: string): Promise<void> {
  for (const path of paths) writeFileSync(`/proc/sys/${path}`, '2')
  // It exits 1 for a line that is no assignment, having obeyed the others.
  spawnSync('/usr/lib/systemd/systemd-sysctl')
  const merged = mergeBootFiles(await readBootFiles(createSystem()))
  for (const path of paths) {
    const live = readFileSync(`/proc/sys/${path}`, 'utf8').trim()
    const said = findBootSetting(merged, path)?.value ?? '2'
    assert.is(said, live, `${path}, ${situation}`)
  }
}

/** Fills the folders anew; returns what it wrote, for the message of a failure. */
function layOut(random: (below: number) => number): string {
  const texts: string[] = []
  for (const folder of folders) {
    for (const name of names) {
      rmSync(`${folder}/${name}`, { force: true })
      const chance = random(8)
      if (chance === 0) {
        symlinkSync('/dev/null', `${folder}/${name}`)
        texts.push(`${folder}/${name} -> /dev/null`)
      } else if (chance < 4) {
        const text = Array.from({ length: 1 + random(3) }, () => makeLine(random)).join('\n')
        writeFileSync(`${folder}/${name}`, `${text}\n`)
        texts.push(`${folder}/${name}:\n${text}`)
      }
    }
  }
  return texts.join('\n')
}

function makeLine(random: (below: number) => number): string {
  const path = paths[random(paths.length)] ?? ''
  const key = [path, path.replaceAll('/', '.'), ...patterns][random(5)] ?? ''
  const value = random(2)
  const forms = [
    `${key} = ${value}`,
    `  ${key}=${value}`,
    `-${key} = ${value}`,
    `-${key}`,
    `# ${key} = ${value}`,
    key,
  ]
  return forms[random(forms.length)] ?? ''
}

function mount(path: string): void {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path])
}

/** A linear congruential generator (Numerical Recipes), so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

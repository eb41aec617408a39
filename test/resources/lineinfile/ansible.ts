/**
 * Compares the cases of lineinfile with the real Ansible (ansible-core 2.14.18 when it was last run), run again
 * and again until it changes nothing. Run it after a case was added; arguments are names of cases:
 * `npx tsx test/resources/lineinfile-ansible.ts already_present`.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Machine } from '../../fake-machine.ts'

interface Case {
  readonly spec: { readonly path: string } & Readonly<Record<string, unknown>>
  readonly machine?: Machine
  readonly changes?: readonly object[]
  readonly after?: Machine
  readonly refused?: readonly string[]
  readonly fails?: string
}

/** Where we differ on purpose, and why. */
const differing: Readonly<Record<string, string>> = {
  inserted_after_last_line_without_newline: 'Ansible puts both on one line',
}

const cases = join(import.meta.dirname, '../../cases/resources/lineinfile')
const wanted = process.argv.slice(2)
let compared = 0
for (const file of readdirSync(cases)) {
  const name = file.replace('.json', '')
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const one = JSON.parse(readFileSync(join(cases, file), 'utf8')) as Case
  if (one.changes === undefined || one.refused !== undefined || one.fails !== undefined) continue
  const { path } = one.spec
  const before = textOf(one.machine, path)
  const ours = one.after === undefined ? before : textOf(one.after, path)
  const theirs = ansible(one.spec, before)
  compared += 1
  const isSame = ours === theirs
  if (isSame === name in differing) {
    process.exitCode = 1
    console.log(name, { ours, theirs })
  }
}
console.log(`${compared} cases compared`)

function textOf(machine: Machine | undefined, path: string): string | null {
  const file = machine?.files?.[path] ?? null
  return typeof file === 'string' || file === null ? file : (file.content ?? null)
}

/** The text that Ansible leaves. */
function ansible(spec: Case['spec'], before: string | null): string | null {
  const root = mkdtempSync(join(tmpdir(), 'lineinfile-'))
  try {
    const path = root + spec.path
    if (before !== null) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, before)
    }
    // This machine need not know the owners of the cases.
    const { owner: _owner, group: _group, ...others } = spec
    for (let isChanged = true; isChanged;) isChanged = runOnce({ ...others, path })
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  } finally {
    rmSync(root, { recursive: true })
  }
}

function runOnce(parameters: Readonly<Record<string, unknown>>): boolean {
  const task = ['-m', 'ansible.builtin.lineinfile', '-a', JSON.stringify(parameters)]
  const output = execFileSync('ansible', ['localhost', '-c', 'local', ...task], {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      HOME: tmpdir(),
      LC_ALL: 'C.UTF-8',
      ANSIBLE_STDOUT_CALLBACK: 'json',
    },
  })
  return /"changed": true/.test(output)
}

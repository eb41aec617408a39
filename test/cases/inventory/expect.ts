/**
 * Writes expected.json of every case from the real Ansible (`ansible-inventory`, `ansible`; ansible-core
 * 2.14.18 when it was last run). Run it after a case was added: `npx tsx test/cases/inventory/expect.ts`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cases = import.meta.dirname
for (const entry of readdirSync(cases, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue
  const folder = join(cases, entry.name, 'inventory')
  const file = readdirSync(folder).find((name) => /^hosts\.ya?ml$/.test(name)) ?? ''
  const expected = expect(join(folder, file))
  writeFileSync(join(cases, entry.name, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`)
}
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', `${cases}/*/expected.json`])

function expect(file: string): object {
  const graph = ansible('ansible-inventory', '-i', file, '--graph').trimEnd()
  const names = new Set([...graph.matchAll(/--([^@].*)$/gm)].map((match) => match[1] ?? ''))
  const hosts = Object.fromEntries(
    [...names].map((host) => {
      const vars: unknown = JSON.parse(ansible('ansible-inventory', '-i', file, '--host', host))
      return [host, vars]
    }),
  )
  return { graph, hosts, ...magic(file, [...names]) }
}

interface Magic {
  readonly names: readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** Ansible's own `group_names` and `groups`, which ansible-inventory does not show. */
function magic(file: string, hosts: readonly string[]): object {
  const folder = mkdtempSync(join(tmpdir(), 'expect-'))
  try {
    const message = 'msg={{ {"names": group_names, "groups": groups} }}'
    ansible('ansible', '-i', file, '-c', 'local', '-t', folder, '-m', 'debug', '-a', message, 'all')
    const results = hosts.map((host) => {
      const result: { msg: Magic } = JSON.parse(readFileSync(join(folder, host), 'utf8'))
      return [host, result.msg] as const
    })
    return {
      groupNames: Object.fromEntries(results.map(([host, { names }]) => [host, names])),
      // Below the second level their order is that of a Python set, which differs from run to run.
      groups: sortAll(results[0]?.[1].groups ?? {}),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sortAll(groups: Magic['groups']): Magic['groups'] {
  const entries = Object.entries(groups).map(([name, hosts]) => [name, hosts.toSorted()] as const)
  return Object.fromEntries(entries)
}

function ansible(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    // Away from any ansible.cfg, group_vars and host_vars of the folder where this runs.
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], HOME: tmpdir(), LC_ALL: 'C.UTF-8' },
  })
}

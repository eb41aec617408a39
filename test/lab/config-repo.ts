import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chooseTopology } from '../topology.ts'
import type { Topology } from '../topology.ts'
import type { Lab } from './lab.ts'

/** A config repo under test: a Git work tree on this machine that is pushed to the lab. */
export interface ConfigRepo {
  readonly url: string
  write(path: string, text: string): void
  read(path: string): string
  /** Replaces a text that must be there. */
  replace(path: string, before: string, after: string): void
  remove(path: string): void
  /** Moves the load balancers to the group of a topology, as hosts.yml tells its users to. */
  useTopology(topology: Topology): void
  /** Commits everything and pushes it; returns the commit. */
  push(subject: string): string
  /** Makes the files those of a commit, without moving the branch. */
  restore(commit: string): void
}

const inventory = join(import.meta.dirname, '../../inventory')

/**
 * The sample inventory as the config repo of a lab: its documentation addresses become the lab's, and
 * its topology the one of `lab up`.
 */
export function createConfigRepo(lab: Lab): ConfigRepo {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-config-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const git = (...argv: readonly string[]): string => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
    return execFileSync('git', [...identity, ...argv], { cwd: folder, encoding: 'utf8' }).trim()
  }
  const repo: ConfigRepo = {
    url: lab.command('repo', 'config').split('\n')[0] ?? '',
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    replace(path, before, after) {
      const text = repo.read(path)
      if (!text.includes(before)) throw new Error(`${path} does not contain ${before}`)
      repo.write(path, text.replace(before, after))
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    useTopology(topology) {
      const file = 'inventory/hosts.yml'
      repo.write(file, chooseTopology(repo.read(file), topology))
    },
    push(subject) {
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', subject)
      lab.pushRepo('config', folder)
      return git('rev-parse', 'HEAD')
    },
    restore(commit) {
      git('rm', '-r', '--quiet', '--force', '.')
      git('checkout', '--quiet', commit, '--', '.')
    },
  }
  git('init', '--quiet', '--initial-branch', 'main')
  cpSync(inventory, join(folder, 'inventory'), { recursive: true })
  const prefix = lab.address('lb1').replace(/\d+$/, '')
  const files = execFileSync('find', ['inventory', '-type', 'f'], { cwd: folder, encoding: 'utf8' })
  for (const file of files.trim().split('\n')) {
    const text = repo.read(file).replaceAll('192.0.2.', prefix)
    repo.write(file, text.replace(/(?<=evenkeel_peer_key: ).*/, 'the key of this lab'))
  }
  const { topology } = JSON.parse(lab.command('status', '--json')) as { topology: Topology }
  repo.useTopology(topology)
  return repo
}

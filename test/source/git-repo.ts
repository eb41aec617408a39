import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SourceConfig } from '../../agent/source/source-config.ts'

/** A file of a commit: its content, or what else it is. `null` removes it. */
export type RepoFile =
  string | Buffer | { readonly link: string } | { readonly program: string } | null

/** A Git repo in a temporary folder, as a config repo. */
export interface GitRepo {
  readonly folder: string
  readonly url: string
  /** Runs git in it and returns what it printed. */
  git(...argv: readonly string[]): string
  /** Commits files on the current branch and returns the hash. */
  commit(files: Readonly<Record<string, RepoFile>>, message?: string): string
}

const all = mkdtempSync(join(tmpdir(), 'evenkeel-source-'))
process.once('exit', () => rmSync(all, { recursive: true, force: true }))

/** A temporary folder that goes when the test file ends. */
export function temporaryFolder(): string {
  return mkdtempSync(join(all, 'folder-'))
}

export function createRepo(format: 'sha1' | 'sha256' = 'sha1'): GitRepo {
  const folder = join(temporaryFolder(), 'config')
  mkdirSync(folder)
  const git = (...argv: readonly string[]): string =>
    execFileSync('git', argv, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_AUTHOR_NAME: 'Ann Author',
        GIT_AUTHOR_EMAIL: 'ann@example.com',
        GIT_AUTHOR_DATE: '2024-01-01T10:00:00+0100',
        GIT_COMMITTER_NAME: 'Carl Committer',
        GIT_COMMITTER_EMAIL: 'carl@example.com',
        GIT_COMMITTER_DATE: '2024-01-02T11:00:00+0100',
      },
    })
  git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`)
  return {
    folder,
    url: `file://${folder}`,
    git,
    commit(files, message = 'Change the pair') {
      for (const [path, file] of Object.entries(files)) put(join(folder, path), file)
      git('add', '--all', '--force')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return git('rev-parse', 'HEAD').trim()
    },
  }
}

/** A node's folder, empty, that pulls from a repo. */
export function nodeOf(repo: string, more: Partial<SourceConfig> = {}): SourceConfig {
  return {
    repo,
    branch: 'main',
    tag: null,
    folder: join(temporaryFolder(), 'state'),
    timeout: 20,
    ...more,
  }
}

function put(path: string, file: RepoFile): void {
  rmSync(path, { recursive: true, force: true })
  if (file === null) return
  mkdirSync(dirname(path), { recursive: true })
  if (typeof file === 'string' || Buffer.isBuffer(file)) writeFileSync(path, file)
  else if ('link' in file) symlinkSync(file.link, path)
  else {
    writeFileSync(path, file.program)
    chmodSync(path, 0o755)
  }
}

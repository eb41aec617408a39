import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plainLine } from '../diagnostics/plain-line.ts'
import { GitFailure, runGit } from './git.ts'
import { runRemoteGit } from './remote-git.ts'
import type { FetchOptions } from './remote-git.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'
import { highestTag } from './tag-version.ts'

/** One commit, in words for people. */
export interface Commit {
  /** Full hash. */
  readonly commit: string
  /** First line of its message. */
  readonly subject: string
  /** `Name <address>` */
  readonly author: string
  /** ISO 8601, of the commit (not of authorship). */
  readonly date: string
  /** The tag that leads to it, where tags are followed. */
  readonly tag?: Tag
}

export interface Tag {
  readonly name: string
  /** Hash of an annotated tag's own object; of the commit, for a lightweight one. */
  readonly object: string
}

/** What the mirror holds of the branch. */
export type Mirror =
  | { readonly state: 'whole'; readonly tip: Commit }
  /** The mirror of this repo, which has not fetched this branch yet. */
  | { readonly state: 'no branch' }
  /** No mirror, or one of another repo. */
  | { readonly state: 'none' }
  | { readonly state: 'damaged'; readonly fault: string }

/** Beside Git's own files, the address that the mirror was fetched from (gitweb's name for this). */
const addressFile = 'cloneurl'

/** Reads the newest commit of the branch that was fetched. Talks to nobody, changes nothing. */
export async function readMirror(config: SourceConfig): Promise<Mirror> {
  const gitDir = mirrorFolder(config)
  const address = await readFile(join(gitDir, addressFile), 'utf8').catch(() => null)
  if (address !== addressOf(config)) return { state: 'none' }
  const format = '--format=%H%x00%s%x00%an <%ae>%x00%cI'
  try {
    const tag = config.tag === null ? null : await readTag(config, config.tag)
    if (tag === undefined) return { state: 'no branch' }
    const ref = tag === null ? `refs/heads/${config.branch}` : `refs/tags/${tag.name}^{commit}`
    const line = await runGit(
      [
        'log',
        '--max-count=1',
        '--no-show-signature',
        '--no-color',
        '--encoding=UTF-8',
        format,
        ref,
        '--',
      ],
      { gitDir, timeout: config.timeout },
    )
    const [commit = '', subject = '', author = '', date = ''] = line
      .trimEnd()
      .split('\0')
      .map(plainLine)
    return { state: 'whole', tip: { commit, subject, author, date, ...(tag !== null && { tag }) } }
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    if (/bad revision|unknown revision/.test(error.message)) return { state: 'no branch' }
    return { state: 'damaged', fault: error.message }
  }
}

/** Whether the branch surely is at a commit. Starts no Git; false also where only Git can tell. */
export async function isAt(config: SourceConfig, commit: string): Promise<boolean> {
  const ref = join(mirrorFolder(config), 'refs/heads', config.branch)
  return (await readFile(ref, 'utf8').catch(() => '')) === `${commit}\n`
}

/** The highest tag that was fetched; undefined: none was. @throws GitFailure */
async function readTag(config: SourceConfig, pattern: string): Promise<Tag | undefined> {
  const argv = ['for-each-ref', '--format=%(objectname) %(refname:strip=2)', 'refs/tags']
  const text = await runGit(argv, { gitDir: mirrorFolder(config), timeout: config.timeout })
  const objects = new Map(
    text
      .split('\n')
      .map((line) => line.split(' '))
      .map(([object = '', name = '']) => [name, object]),
  )
  const name = highestTag([...objects.keys()], pattern)
  return name === undefined ? undefined : { name, object: objects.get(name) ?? '' }
}

/** Tags of another pattern belong to another mirror: what they led to must not pass for what is followed. */
function addressOf({ repo, tag }: SourceConfig): string {
  return tag === null ? `${repo}\n` : `${repo} ${tag}\n`
}

/** Fetches the branch into the mirror that is there. @throws GitFailure */
export async function updateMirror(
  config: SourceConfig,
  options: FetchOptions = {},
): Promise<void> {
  const gitDir = mirrorFolder(config)
  const packs = join(gitDir, 'objects/pack')
  await removeTornPacks(packs)
  try {
    await fetchBranch(config, gitDir, options)
  } finally {
    await removeTornPacks(packs)
  }
}

/** Git leaves behind what it had received when it was killed, and would only tidy up two weeks later. */
async function removeTornPacks(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (name.startsWith('tmp_')) await rm(join(folder, name), { force: true })
  }
}

/**
 * Makes a new mirror and puts it in place of the one that is there, which stays until the new one is
 * whole.
 * @param like a hash of the repo, which tells its object format
 * @throws GitFailure
 */
export async function buildMirror(
  config: SourceConfig,
  like: string,
  options: FetchOptions = {},
): Promise<void> {
  const place = mirrorFolder(config)
  const fresh = `${place}.new`
  const old = `${place}.old`
  await mkdir(config.folder, { recursive: true, mode: 0o700 })
  await rm(fresh, { recursive: true, force: true })
  await rm(old, { recursive: true, force: true })
  try {
    await mkdir(fresh, { mode: 0o700 })
    const format = like.length === 64 ? ['--object-format=sha256'] : []
    await runGit(['init', '--bare', '--quiet', `--initial-branch=${config.branch}`, ...format], {
      gitDir: fresh,
      timeout: config.timeout,
    })
    await writeFile(join(fresh, addressFile), addressOf(config))
    await fetchBranch(config, fresh, options)
    await rename(place, old).catch(unlessAbsent)
    await rename(fresh, place)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  await rm(old, { recursive: true, force: true })
}

/** Whether history was rewound is not judged here: what is fetched is not yet what is applied. */
async function fetchBranch(
  config: SourceConfig,
  gitDir: string,
  options: FetchOptions,
): Promise<void> {
  const ref = config.tag === null ? `refs/heads/${config.branch}` : `refs/tags/${config.tag}`
  const plain = [
    // A tag that is gone must not stay the highest one here
    ...(config.tag === null ? [] : ['--prune']),
    '--quiet',
    '--force',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
  ]
  await runRemoteGit(['fetch', ...plain, '--', config.repo, `${ref}:${ref}`], {
    gitDir,
    timeout: config.timeout,
    ...options,
  })
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

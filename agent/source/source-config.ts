import { join } from 'node:path'

/** Where the config repo is, and where this node keeps its copy. */
export interface SourceConfig {
  /** `https://`, `ssh://`, `file://`, `user@host:path` or an absolute path; see {@link repoFault}. */
  readonly repo: string
  /** A branch's short name; see {@link branchFault}. */
  readonly branch: string
  /** Tags that are followed instead of the branch, the highest version first; see {@link tagFault}. */
  readonly tag: string | null
  /** Holds `repo.git` and `releases/`, such as /var/lib/evenkeel. */
  readonly folder: string
  /** Seconds that one Git command may take. */
  readonly timeout: number
}

/** The bare mirror of the config repo. */
export function mirrorFolder(config: SourceConfig): string {
  return join(config.folder, 'repo.git')
}

/** One folder a commit, named by its full hash. */
export function releasesFolder(config: SourceConfig): string {
  return join(config.folder, 'releases')
}

const forms = 'https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH'
const schemes = ['https', 'ssh', 'file']

/** One clause that says why this can't be the address of a config repo; null when it can. */
export function repoFault(repo: string): string | null {
  if (/[\s\p{Cc}]/u.test(repo)) return `must not contain spaces or control characters`
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/?(.*)$/i.exec(repo)
  if (url !== null) {
    const [, scheme = '', authority = '', path = ''] = url
    if (!schemes.includes(scheme)) return `${scheme}:// is not supported: write ${forms}`
    if (path === '') return `names no repo: write ${forms}`
    if (scheme === 'file') {
      return authority === '' ? null : 'has a host, but a file has none: write file:///PATH'
    }
    return authorityFault(scheme, authority)
  }
  if (repo.startsWith('/')) return null
  // The form of scp. A second colon right after the first one would name a remote helper (`ext::`).
  // In brackets, which IPv6 needs, there may be a port, too.
  if (
    /^(?:[\w.][\w.-]*@)?(?:[a-z0-9][a-z0-9.-]*|\[[a-z0-9][a-z0-9.:%-]*\]|\[::[a-z0-9.:%-]*\]):(?![-:]).+$/i.test(
      repo,
    )
  ) {
    return null
  }
  return `is not the address of a Git repo: write ${forms}`
}

/** What is followed, in words: `main`, or `the tags "v*"`. */
export function refName({ branch, tag }: Pick<SourceConfig, 'branch' | 'tag'>): string {
  return tag === null ? branch : `the tags "${tag}"`
}

/** A password in the address would stand in the process list, for every user of the node to read. */
function authorityFault(scheme: string, authority: string): string | null {
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(at, 0))
  const host = authority.slice(at + 1)
  if (host === '' || host.startsWith('-') || user.startsWith('-')) {
    return `has no valid host: write ${forms}`
  }
  if (scheme === 'https' && at >= 0) {
    return `has a login in it, which every user of this node could read in the process list: put it into /root/.netrc (mode 0600) as "machine ${host.replace(/:\d+$/, '')} login USER password SECRET"`
  }
  if (user.includes(':')) return 'has a password in it, which ssh ignores: use a key'
  return null
}

/**
 * One clause that says why Git would not take this as a branch's name; null when it would.
 * The rules are those of git-check-ref-format(1), and no name may look like an option.
 */
export function branchFault(branch: string): string | null {
  if (!isRefName(branch)) return `"${branch}" cannot be the name of a branch`
  if (branch.startsWith('refs/')) return 'write the short name of the branch, without refs/heads/'
  return null
}

/** One clause that says why this can't name tags; null when it can. One `*` stands for any text. */
export function tagFault(tag: string): string | null {
  if (tag.split('*').length > 2) return `"${tag}" has more than one *`
  if (!isRefName(tag.replace('*', 'x'))) {
    return `"${tag}" cannot name tags: write one, or a pattern with a *, such as "v*"`
  }
  if (tag.startsWith('refs/')) return 'write it without refs/tags/'
  return null
}

function isRefName(name: string): boolean {
  return (
    name !== '' &&
    name !== '@' &&
    name !== 'HEAD' &&
    !name.startsWith('-') &&
    !/[\s\p{Cc}~^:?*[\\]|\.\.|@\{/u.test(name) &&
    name.split('/').every((part) => /^[^.]/.test(part) && !/\.lock$|\.$/.test(part))
  )
}

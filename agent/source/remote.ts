import { explainGit } from './explain-git.ts'
import { GitFailure } from './git.ts'
import type { Tag } from './mirror.ts'
import { runRemoteGit } from './remote-git.ts'
import type { FetchOptions } from './remote-git.ts'
import type { SourceConfig } from './source-config.ts'
import { highestTag } from './tag-version.ts'

/** What the remote answers. `fault` is one clause that says why there is no commit. */
export type Remote =
  | { readonly commit: string; readonly tag?: Tag }
  | { readonly commit: null; readonly fault: string }

/** Names of branches or tags that fit into one sentence. */
const namesShown = 10

/** Asks the remote for the newest commit of the branch, or of the tags. Fetches nothing. */
export async function askRemote(config: SourceConfig, options: FetchOptions = {}): Promise<Remote> {
  try {
    if (config.tag !== null) return await askTags(config, config.tag, options)
    const ref = `refs/heads/${config.branch}`
    const found = (await listRefs(config, [ref], options)).get(ref)
    if (found !== undefined) return { commit: found }
    const all = await listRefs(config, ['refs/heads/*'], options)
    return { commit: null, fault: explainMissing(config.branch, [...all.keys()]) }
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    return { commit: null, fault: explainGit(error, config.repo).clause }
  }
}

const tags = 'refs/tags/'
/** Git lists the commit of an annotated tag under the tag's name with this behind it. */
const peeled = '^{}'

async function askTags(
  config: SourceConfig,
  pattern: string,
  options: FetchOptions,
): Promise<Remote> {
  const ref = `${tags}${pattern}`
  const found = await listRefs(config, [ref, `${ref}${peeled}`], options)
  const names = (refs: ReadonlyMap<string, string>): readonly string[] =>
    [...refs.keys()]
      .filter((name) => name.startsWith(tags) && !name.endsWith(peeled))
      .map((name) => name.slice(tags.length))
  const name = highestTag(names(found), pattern)
  if (name !== undefined) {
    const object = found.get(`${tags}${name}`) ?? ''
    return { commit: found.get(`${tags}${name}${peeled}`) ?? object, tag: { name, object } }
  }
  const all = names(await listRefs(config, [`${tags}*`], options))
  const fault =
    all.length === 0
      ? 'it answers, but has no tag yet: push a first one'
      : `it has no tag "${pattern}"; it has ${listed(all)}`
  return { commit: null, fault }
}

async function listRefs(
  config: SourceConfig,
  patterns: readonly string[],
  options: FetchOptions,
): Promise<ReadonlyMap<string, string>> {
  const { repo, timeout } = config
  return parseRefs(
    await runRemoteGit(['ls-remote', '--', repo, ...patterns], { ...options, timeout }),
  )
}

/** Reads `git ls-remote`: a ref's full name → its hash. */
export function parseRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [hash = '', name] = line.split('\t')
    if (name !== undefined) refs.set(name, hash)
  }
  return refs
}

function explainMissing(branch: string, refs: readonly string[]): string {
  if (refs.length === 0) return 'it answers, but has no branch yet: push a first commit'
  return `it has no branch "${branch}"; it has ${listed(refs.map((ref) => ref.replace('refs/heads/', '')))}`
}

function listed(names: readonly string[]): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ''
  return `${names.slice(0, namesShown).join(', ')}${more}`
}

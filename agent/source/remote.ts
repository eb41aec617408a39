import { GitFailure } from './git.ts'
import { runRemoteGit } from './remote-git.ts'
import { explainGit } from './explain-git.ts'
import type { SourceConfig } from './source-config.ts'

/** What the remote answers. `fault` is one clause that says why there is no commit. */
export type Remote = { readonly commit: string } | { readonly commit: null; readonly fault: string }

/** Names of branches that fit into one sentence. */
const namesShown = 10

/** Asks the remote for the newest commit of the branch. Fetches nothing. */
export async function askRemote(
  config: SourceConfig,
  protocols?: readonly string[],
): Promise<Remote> {
  try {
    const ref = `refs/heads/${config.branch}`
    const found = (await listRefs(config, [ref], protocols)).get(ref)
    if (found !== undefined) return { commit: found }
    const all = await listRefs(config, ['refs/heads/*'], protocols)
    return { commit: null, fault: explainMissing(config.branch, [...all.keys()]) }
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    return { commit: null, fault: explainGit(error, config.repo).clause }
  }
}

async function listRefs(
  config: SourceConfig,
  patterns: readonly string[],
  protocols: readonly string[] | undefined,
): Promise<ReadonlyMap<string, string>> {
  const { repo, timeout } = config
  return parseRefs(
    await runRemoteGit(['ls-remote', '--', repo, ...patterns], { timeout, protocols }),
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
  const names = refs.map((ref) => ref.replace('refs/heads/', ''))
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ''
  return `it has no branch "${branch}"; it has ${names.slice(0, namesShown).join(', ')}${more}`
}

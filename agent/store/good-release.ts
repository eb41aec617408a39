import { UsageError } from '../system/errors.ts'
import type { Quarantine } from './quarantine.ts'
import type { Release, State } from './state.ts'

/** As many as the releases that stay on the disk. */
const kept = 5

/**
 * The good releases once another one is applied. One that is among them keeps its place. A new one goes on
 * top of the one that was applied before: what that one was a way back from is no way back any more.
 */
export function addGood(
  { good, applied }: Pick<State, 'good' | 'applied'>,
  next: Release,
): readonly Release[] {
  if (good.some(({ commit }) => commit === next.commit)) return good
  const from = good.findIndex(({ commit }) => commit === applied?.commit)
  return [next, ...good.slice(Math.max(from, 0))].slice(0, kept)
}

/** Commits whose history is still compared with, or that one can go back to. */
export function keptCommits({
  applied,
  good,
  pinned,
  followed,
}: Pick<State, 'applied' | 'good' | 'pinned' | 'followed'>): readonly string[] {
  const named = [applied, ...good, pinned, followed].flatMap((one) => one?.commit ?? [])
  return [...new Set([...named, ...(pinned === null ? [] : [pinned.from])])]
}

/** What is enforced while the newest commit can't be: the applied release, or else the best one left. */
export function inForce(
  { applied, good }: Pick<State, 'good' | 'applied'>,
  quarantine: Quarantine,
): Release | null {
  const candidates = applied === null ? [] : [applied, ...good]
  return candidates.find(({ commit }) => quarantine[commit] === undefined) ?? null
}

/** Whether this node was in line with a commit before: then it is not the commit's fault what fails now. */
export function isProven(
  { applied, good }: Pick<State, 'good' | 'applied'>,
  commit: string,
): boolean {
  return applied?.commit === commit || good.some((one) => one.commit === commit)
}

/**
 * The release that a person wants to go back to.
 * @param wanted how many releases back from the applied one, or the first 7 digits or more of a hash
 * @throws UsageError that lists the good releases when it is none of them
 */
export function findGood(
  wanted: string,
  { applied, good }: Pick<State, 'good' | 'applied'>,
): Release {
  if (applied === null || good.length === 0) {
    throw new UsageError('no release was applied on this node yet: there is nothing to go back to')
  }
  const at = good.findIndex(({ commit }) => commit === applied.commit)
  const isCount = /^[1-9]\d{0,2}$/.test(wanted)
  const found = isCount
    ? good.slice(at + Number(wanted)).slice(0, 1)
    : good.filter(({ commit }) => isPrefix(wanted) && commit.startsWith(wanted.toLowerCase()))
  const [release] = found
  if (release !== undefined && found.length === 1) return release
  const fault = isCount
    ? `there is no good release ${wanted} back from ${name(applied)}`
    : `${wanted} is not among the good releases of this node`
  const list = good.map((one, index) => {
    const back = index === at ? 'in force' : index > at ? `${index - at} back` : 'newer'
    return `\n  ${name(one)}, since ${one.at} (${back})`
  })
  throw new UsageError(`${fault}; these are, the newest first:${list.join('')}`)
}

/** `1234abcd "Add web3"`, as people read of a commit everywhere. */
export function name({ commit, subject }: Pick<Release, 'commit' | 'subject'>): string {
  return `${commit.slice(0, 8)} "${subject}"`
}

function isPrefix(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text)
}

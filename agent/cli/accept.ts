import { name } from '../store/good-release.ts'
import type { Followed, Refused } from '../store/state.ts'
import { openStore } from '../store/store.ts'
import { UsageError } from '../system/errors.ts'
import { lock } from '../system/lock.ts'
import { whoAsks } from '../system/who-asks.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

const help = `
History moves forward only: a branch that was rewound or forced, another repo, or a lower version of
a tag is refused. This lets one commit through, and history goes on from there. It does not stand in
for a signature: with "verify" in agent.yml the commit must be signed all the same. Run it on each node.
A full hash may be accepted before the node has met it.`

/** `evenkeel accept`: lets a commit through that does not follow from what was in force here. */
export function addAccept({ program, node: { paths, system } }: Verb): void {
  program
    .command('accept')
    .argument('<commit>', 'its first 7 digits or more; "evenkeel status" shows what is refused')
    .requiredOption(
      '--reason <text>',
      'for status and history, in quotes: "forced push by mistake"',
    )
    .description('let a commit through that was refused because history did not move forward')
    .addHelpText('after', help)
    .action(async (wanted: string, flags: { reason: string }) => {
      requireRoot()
      const reason = flags.reason.replaceAll(/\s+/g, ' ').trim()
      if (reason === '') throw new UsageError('--reason is empty: say why, for whoever wonders')
      const who = await whoAsks(system)
      const unlock = await lock(paths, 'accept', system)
      try {
        const store = await openStore(paths, system)
        const newest = findAccepted(wanted, store.state().refused)
        await store.save({ type: 'accepted', newest, by: { who, reason } })
        process.stdout.write(`${name(newest)} is let through: the next run tries it\n`)
      } finally {
        unlock()
      }
    })
}

/**
 * The commit that a person means: the one that is refused, or any by its full hash.
 * @throws UsageError that names the refused one when it is another, or lacks a signature
 */
export function findAccepted(
  wanted: string,
  refused: Refused | null,
): Pick<Followed, 'commit' | 'subject' | 'tag'> {
  const digits = wanted.toLowerCase()
  if (refused !== null && /^[0-9a-f]{7,}$/.test(digits) && refused.commit.startsWith(digits)) {
    if (refused.kind === 'unverified') {
      throw new UsageError(
        `${name(refused)} is refused for its signature, and no word of a person stands in for one: ${refused.reason}`,
      )
    }
    const { commit, subject, tag } = refused
    return { commit, subject, tag }
  }
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(digits)) {
    return { commit: digits, subject: 'not met yet', tag: null }
  }
  const what =
    refused === null ? 'no commit is refused on this node' : `${name(refused)} is refused`
  throw new UsageError(
    `${wanted} is not a commit that can be accepted: ${what}; a commit that it has not met yet needs its full hash`,
  )
}

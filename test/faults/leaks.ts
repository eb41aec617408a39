import { balancers } from './pair.ts'
import type { Pair } from './pair.ts'

/** What a node has of things that must not become more and more. */
export type Counts = Readonly<Record<'processes' | 'descriptors' | 'mounts' | 'files', number>>

/** More than this by which they may differ for a moment: a check runs, a connection is open. */
const slack: Counts = { processes: 6, descriptors: 12, mounts: 0, files: 3 }

const script = `main=$(systemctl show -p MainPID --value evenkeel)
echo "processes $(ps -e --no-headers | wc -l)"
echo "descriptors $(ls "/proc/$main/fd" | wc -l)"
echo "mounts $(wc -l < /proc/1/mountinfo)"
echo "files $(find /tmp /var/tmp /run/evenkeel /run/evenkeel-vrrp -xdev | wc -l)"`

export async function countAll(pair: Pair): Promise<Readonly<Record<string, Counts>>> {
  const all = await Promise.all(
    balancers.map(async (node) => {
      const said = await pair.shell(node).run(script)
      const count = (name: string): number =>
        Number(new RegExp(`^${name} (\\d+)`, 'm').exec(said)?.[1])
      const counts: Counts = {
        processes: count('processes'),
        descriptors: count('descriptors'),
        mounts: count('mounts'),
        files: count('files'),
      }
      return [node, counts] as const
    }),
  )
  return Object.fromEntries(all)
}

/** What has become more, in words. */
export function findLeaks(before: Counts, after: Counts): readonly string[] {
  return (Object.keys(slack) as (keyof Counts)[])
    .filter((name) => !(after[name] <= before[name] + slack[name]))
    .map((name) => `${name}: ${before[name]} before, ${after[name]} after`)
}

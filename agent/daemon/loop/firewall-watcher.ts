import { warn } from '../../diagnostics/warning.ts'
import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'
import { createRepairPacer } from './drift-pause.ts'
import { followFirewall } from './firewall-events.ts'
import type { FirewallEvents } from './firewall-events.ts'

/** Milliseconds: a flush is a line for each rule, and a run's own last lines may come after its end. */
const debounce = 200

/**
 * Detects changes of our chains, and of those that jump to them, by anything but Evenkeel: a flush, a policy, the
 * restart of another firewall. An event only says that it is time for a run, which compares. Changes that a run
 * makes are its own, and so is what others change at the same time: the schedule finds that.
 * @param onDrift it is time for a run: later and later for a firewall that does not come to rest
 * @param follow tests have one of their own
 */
export function startFirewallWatcher(
  { profile, events, warnings }: Pick<DaemonContext, 'profile' | 'events' | 'warnings'>,
  onDrift: () => void,
  follow: typeof followFirewall = followFirewall,
): Part {
  let words: ReadonlySet<string> = new Set()
  let following: FirewallEvents | null = null
  let isActing = false
  let quietUntil = 0
  let telling: NodeJS.Timeout | null = null
  const pacer = createRepairPacer(onDrift)
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'run-phase') isActing ||= event.phase !== null
    if (event.type === 'run-ended' || event.type === 'run-broke-off') {
      if (isActing) quietUntil = performance.now() + debounce
      isActing = false
      if (event.cause === 'drift') pacer.repaired()
    }
  })
  if (profile !== null) watch(profile.chains)

  return {
    update: ({ chains }) => watch(chains),
    stop() {
      unsubscribe()
      clearTimeout(telling ?? undefined)
      pacer.stop()
      following?.stop()
    },
  }

  function watch(chains: readonly string[]): void {
    words = new Set(chains)
    if (words.size > 0) following ??= follow(onLine, onEnd)
    if (words.size > 0) return
    following?.stop()
    following = null
  }

  function onLine(line: string): void {
    if (isActing || performance.now() < quietUntil) return
    if (telling !== null || pacer.isWaiting()) return
    if (!line.split(/\s+/).some((word) => words.has(word))) return
    telling = setTimeout(() => {
      telling = null
      if (isActing) return
      const pause = pacer.seen()
      if (pause !== null) events.emit({ type: 'firewall-drift-seen', pause })
    }, debounce)
  }

  function onEnd(reason: string | null): void {
    const sentence = `changes of the firewall by others are found by the schedule alone: ${reason}`
    warnings.set('firewall', reason === null ? [] : [warn('firewall-unwatched', sentence)])
  }
}

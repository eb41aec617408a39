import type { Health, InstanceHealth } from './health.ts'

/** Each instance as it was when it was first seen in the state that it is in now. */
export type Reference = readonly { readonly instance: InstanceHealth; readonly at: number }[]

/**
 * Keeps what counters of adverts are compared with. Adverts that an instance received as BACKUP say
 * nothing about it as MASTER, and a keepalived that was started anew counts from 0: then the
 * comparison begins anew.
 */
export function advanceReference(reference: Reference, now: Health): Reference {
  return (now.keepalived?.instances ?? []).map((instance) => {
    const found = reference.find((one) => one.instance.name === instance.name)
    return found !== undefined && continues(found.instance, instance)
      ? found
      : { instance, at: now.at }
  })
}

function continues(first: InstanceHealth, now: InstanceHealth): boolean {
  return (
    first.state === now.state &&
    first.timesMaster === now.timesMaster &&
    first.advertsReceived <= now.advertsReceived
  )
}

/** Milliseconds that each instance has been in its state, by name. */
export function sinceReference(reference: Reference, now: number): ReadonlyMap<string, number> {
  return new Map(reference.map(({ instance, at }) => [instance.name, now - at]))
}

/** What people are told of. `recovered`: what was told before is over. */
export type NotifiedEvent = 'failure' | 'refusal' | 'rollback' | 'held' | 'failover' | 'recovered'

/** One message to people, as a webhook or a command gets it. Secrets are masked already. */
export interface Notification {
  readonly version: 1
  readonly event: NotifiedEvent
  /** Name in the inventory; null: not known, since no run has come that far. */
  readonly host: string | null
  /** Full hash; null: none was reached, or it is not about one. */
  readonly commit: string | null
  readonly subject: string | null
  /** What happened and what to do. */
  readonly message: string
  /** `id` of the run in the history; null: it is not about one. */
  readonly run_id: string | null
  /** ISO 8601. */
  readonly at: string
}

/** The same for a command's environment: texts, empty where there is nothing. */
export function toEnvironment(notification: Notification): Readonly<Record<string, string>> {
  return {
    EVENKEEL_EVENT: notification.event,
    EVENKEEL_HOST: notification.host ?? '',
    EVENKEEL_COMMIT: notification.commit ?? '',
    EVENKEEL_SUBJECT: notification.subject ?? '',
    EVENKEEL_MESSAGE: notification.message,
    EVENKEEL_RUN_ID: notification.run_id ?? '',
    EVENKEEL_AT: notification.at,
  }
}

import type { Occurrence } from '../../../agent/daemon/notify/decide-notification.ts'
import type { Cause, Report } from '../../../agent/report/report.ts'

/** The end of a run, of a commit that is named by one letter. */
export function ran(
  outcome: Report['outcome'],
  commit: string | null = 'a',
  more: { readonly cause?: Cause; readonly mode?: 'plan'; readonly failed?: string } = {},
): Occurrence {
  const { cause = 'schedule', mode = 'converge', failed } = more
  const result = {
    role: 'haproxy',
    task: 'Reload haproxy',
    resource: failed ?? '',
    type: 'handler',
    status: 'failed',
    changes: [],
    notes: [],
    duration: 1,
  } as const
  return {
    type: 'run-ended',
    cause,
    report: {
      node: 'lb1',
      mode,
      commit: commit === null ? null : commit.repeat(40),
      subject: 'Add web3',
      startedAt: '2024-01-02T12:00:00.000Z',
      duration: 1000,
      outcome,
      results: failed === undefined ? [] : [result],
      warnings: [],
      problems: [],
      message: `it is ${outcome}`,
      exitCode: 1,
    },
  }
}

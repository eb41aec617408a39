import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describePart } from '../../agent/plan/chosen-part.ts'
import type { Desired } from '../../agent/roles/resource.ts'

const task = (role: string, ...tags: readonly string[]) => ({ role, task: 'Any', tags })
const desired = {
  resources: [
    task('haproxy', 'haproxy', 'config'),
    task('haproxy', 'haproxy'),
    task('sysctl', 'sysctl'),
  ],
  skipped: [task('keepalived', 'keepalived', 'vip')],
} as unknown as Desired

const part = (tags: readonly string[], skipTags: readonly string[] = []): string | null =>
  describePart({ tags: new Set(tags), skipTags: new Set(skipTags) }, desired)

test('what takes part is counted, by its tags', () => {
  assert.is(part([]), null)
  assert.is(part(['haproxy']), '2 resources with tag haproxy')
  assert.is(part(['config', 'sysctl']), '2 resources with tag config or sysctl')
  assert.is(part(['haproxy'], ['config']), '1 resource with tag haproxy without tag config')
})

test('a tag of tasks that are left out here is known', () => {
  assert.is(part(['vip']), '0 resources with tag vip')
})

test('a tag that no task has is wrong usage, in either option', () => {
  const message =
    /^no task has the tag "haprxy"; there are: config, haproxy, keepalived, sysctl, vip$/
  const thrown = (...words: Parameters<typeof part>): string => {
    try {
      return String(part(...words))
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(thrown(['haproxy', 'haprxy']), message)
  assert.match(thrown([], ['haprxy']), message)
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createEmitter } from '../../agent/diagnostics/emitter.ts'

test('an event comes at once to all subscribers, in their order, until they end that', () => {
  const heard: string[] = []
  const events = createEmitter<number>(() => {})
  const end = events.subscribe((event) => heard.push(`one ${event}`))
  events.subscribe((event) => heard.push(`two ${event}`))
  events.emit(1)
  end()
  events.emit(2)
  assert.equal(heard, ['one 1', 'two 1', 'two 2'])
})

test('a subscriber that throws disturbs neither the others nor who emits', () => {
  const heard: unknown[] = []
  const events = createEmitter<number>((error) => heard.push(String(error)))
  events.subscribe(() => {
    throw new Error('no')
  })
  events.subscribe((event) => heard.push(event))
  events.emit(1)
  assert.equal(heard, ['Error: no', 1])
})

test.run()

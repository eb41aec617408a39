import { suite } from 'uvu'

/**
 * Tests that build on one another, on nodes that boot once: after the first that fails, the others fail
 * at once instead of reporting its consequences.
 */
export interface Steps {
  before(action: () => void | Promise<void>): void
  after(action: () => void): void
  step(name: string, action: () => void | Promise<void>): void
  /** One that nothing builds on: its failure is its own. */
  check(name: string, action: () => void | Promise<void>): void
  run(): void
}

export function createSteps(name: string): Steps {
  const test = suite(name)
  let broken: string | null = null
  const add = (name: string, action: () => void | Promise<void>, isBuiltOn: boolean): void =>
    test(name, async () => {
      if (broken !== null) throw new Error(`not tried, since "${broken}" failed`)
      try {
        await action()
      } catch (error) {
        if (isBuiltOn) broken = name
        throw error
      }
    })
  return {
    before: (action) => test.before(action),
    after: (action) => test.after(action),
    step: (name, action) => add(name, action, true),
    check: (name, action) => add(name, action, false),
    run: () => test.run(),
  }
}

import type { System } from '../system/system.ts'

type Machine = Pick<System, 'run'>

/**
 * Makes one command of questions that are asked at the same time, such as by all resources of a plan: most
 * of the time of a run without drift goes into starting commands.
 * @param askAll answers several questions; an error is an error for each of them
 */
export function askTogether<Answer, M extends Machine>(
  askAll: (names: readonly string[], system: M) => Promise<ReadonlyMap<string, Answer>>,
): (name: string, system: M) => Promise<Answer | undefined> {
  const open = new WeakMap<
    M['run'],
    { names: Set<string>; answers: Promise<ReadonlyMap<string, Answer>> }
  >()
  return async (name, system) => {
    const known = open.get(system.run)
    known?.names.add(name)
    if (known !== undefined) return (await known.answers).get(name)
    const names = new Set([name])
    // Who asks in the same turn has asked when the first microtask runs
    const answers = Promise.resolve().then(() => {
      open.delete(system.run)
      return askAll([...names], system)
    })
    open.set(system.run, { names, answers })
    return (await answers).get(name)
  }
}

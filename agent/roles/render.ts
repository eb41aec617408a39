import { createHash } from 'node:crypto'
import { maskError } from '../diagnostics/mask.ts'
import type { AnyKind } from '../resources/kind.ts'
import { CommitError, commitError, formatPlace } from '../system/errors.ts'
import type { Place, Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { ValuePath } from '../yaml/yaml.ts'
import { collect, createContext } from './context.ts'
import type { HostInput } from './context.ts'
import { describe } from './helpers.ts'
import { jinjaHint } from './jinja-hint.ts'
import type { Context } from './register-helpers.ts'
import { countResources, withinRenderLimits } from './render-limits.ts'
import type { Desired, Resource } from './resource.ts'
import type { Role } from './role.ts'
import { parseTasks } from './task.ts'
import type { Task } from './task.ts'
import { compileTemplate, evaluate } from './template.ts'
import { renderValue } from './value.ts'

type Kinds = ReadonlyMap<string, AnyKind>

/**
 * Turns a host's roles and variables into its desired resources. Pure, and comes to its end.
 * @throws CommitError with the errors of all roles together; FactNeeded when a fact is to be gathered first
 */
export function renderHost(input: HostInput, roles: readonly Role[], kinds: Kinds): Desired {
  return withinRenderLimits(input.host, () => renderRoles(input, roles, kinds))
}

function renderRoles(input: HostInput, roles: readonly Role[], kinds: Kinds): Desired {
  const problems: Problem[] = []
  const { context, problems: argumentProblems, secrets } = createContext(input, roles)
  problems.push(...argumentProblems)
  const rendered = roles.map((role) => {
    const list = (source: Role['tasks']): readonly Task[] =>
      collect(problems, () => parseTasks(source, [...kinds.keys()])) ?? []
    const tasks = list(role.tasks)
    const handlers = list(role.handlers)
    // Templates would only repeat what is wrong with their arguments.
    if (argumentProblems.length > 0) return { tasks: [], handlers: [] }
    const render = (task: Task, isHandler: boolean): readonly Resource[] | null => {
      const resources = collect(problems, () => renderTask(task, isHandler, role, kinds, context))
      return resources === undefined ? [] : resources
    }
    return {
      tasks: tasks.map((task) => ({ task, resources: render(task, false) })),
      handlers: handlers.flatMap((task) => render(task, true) ?? []),
    }
  })
  const tasks = rendered.flatMap((role, index) =>
    role.tasks.map((task) => ({ ...task, role: roles[index]?.name ?? '' })),
  )
  const resources = tasks.flatMap(({ resources }) => resources ?? [])
  const handlers = rendered.flatMap((role) => role.handlers)
  problems.push(...unknownHandlers(resources, handlers), ...writtenTwice(resources))
  if (problems.length > 0) throw maskError(new CommitError(problems), secrets)
  return {
    host: input.host,
    vars: context,
    resources,
    handlers,
    skipped: tasks
      .filter(({ resources }) => resources === null)
      .map(({ role, task: { name, tags } }) => ({ role, task: name, tags })),
    secrets,
  }
}

/** The resources of one task (several with `loop`); null when `when` left all of them out. */
function renderTask(
  task: Task,
  isHandler: boolean,
  role: Role,
  kinds: Kinds,
  context: Context,
): readonly Resource[] | null {
  const kind = kinds.get(task.kind)
  if (kind === undefined) throw commitError(task.place([]), `there is no kind "${task.kind}"`)
  const contexts = loopContexts(task, context).filter((context) =>
    task.when.every((condition, index) => isMet(condition, task.place(['when', index]), context)),
  )
  if (contexts.length === 0) return null
  return contexts.map((context) => {
    const raw = renderParameters(task, kind, role, context)
    const spec = withLines(task, () => kind.parse(raw, task.place([task.kind])))
    const refusal = isHandler ? null : (kind.handlerOnly?.(spec) ?? null)
    if (refusal !== null) throw commitError(task.place([task.kind]), refusal)
    return {
      kind,
      spec,
      raw,
      id: kind.id(spec),
      effects: kind.effects(spec),
      role: role.name,
      task: String(renderValue(task.name, () => task.place(['name']), context)),
      place: task.place([task.kind]),
      notify: task.notify,
      tags: [role.name, ...task.tags],
      noLog: task.noLog,
    }
  })
}

/** The context once, or once for each item of `loop` with `item` added. */
function loopContexts(task: Task, context: Context): readonly Context[] {
  if (task.loop === null) return [context]
  const place = (path: ValuePath): Place => task.place(['loop', ...path])
  const items = renderValue(task.loop, place, context)
  if (!Array.isArray(items)) throw commitError(place([]), `expected a list, got ${describe(items)}`)
  countResources(items.length, place([]))
  return items.map((item: unknown) => {
    const own = Object.getOwnPropertyDescriptors(context)
    return Object.defineProperties(
      {},
      { ...own, item: { value: item, enumerable: true } },
    ) as Context
  })
}

function isMet(condition: unknown, place: Place, context: Context): boolean {
  if (typeof condition === 'boolean') return condition
  if (typeof condition !== 'string') {
    throw commitError(place, `expected (a helper call), got ${describe(condition)}`)
  }
  const hint = jinjaHint(`{{${condition}}}`)
  if (hint !== null) throw commitError(place, hint)
  const value = evaluate(condition, place, context)
  if (typeof value === 'boolean') return value
  throw commitError(
    place,
    `expected true or false, got ${describe(value)}; test it, as in (defined a)`,
  )
}

/** Parameters with every text rendered; `src` read from the role where the kind has it so. */
function renderParameters(
  task: Task,
  { source }: AnyKind,
  role: Role,
  context: Context,
): Readonly<Record<string, unknown>> {
  const place = (path: ValuePath): Place => task.place([task.kind, ...path])
  const parameters = renderValue(task.parameters, place, context, role.templates)
  const { src, ...others } = parameters as Readonly<Record<string, unknown>>
  if (source === undefined || src === undefined) {
    return parameters as Readonly<Record<string, unknown>>
  }
  if (typeof src !== 'string')
    throw commitError(place(['src']), `expected text, got ${describe(src)}`)
  const content =
    source === 'files' ? role.files(src) : renderFile(role.templates(src), context, role)
  if (content === null) {
    throw commitError(place(['src']), `role ${role.name} has no ${source}/${src}`)
  }
  return { ...others, content }
}

/**
 * Renders a template file. `fingerprint` in it prints a hash of the rest of the rendered file, so that
 * a running process can prove which file it was started with.
 */
function renderFile(
  template: ReturnType<Role['templates']>,
  context: Context,
  role: Role,
): string | null {
  if (template === null) return null
  const mark = '\0fingerprint\0'
  const own = Object.getOwnPropertyDescriptors(context)
  const withMark = Object.defineProperties({}, { ...own, fingerprint: { value: mark } }) as Context
  const place = { file: template.file, line: 1 }
  const text = compileTemplate(template.text, place, role.templates)(withMark)
  if (!text.includes(mark)) return text
  // 16 hex digits: short enough to read out, long enough never to meet by chance.
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return text.replaceAll(mark, fingerprint)
}

/** Gives problems of `kind.parse`, which knows keys but no lines, the line of their key. */
function withLines<T>(task: Task, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof CommitError)) throw error
    throw new CommitError(
      error.problems.map(({ place, message }) => {
        const steps = (place.key ?? '').split(/[.[\]]+/).filter((step) => step !== '')
        const path = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))
        return { place: { ...place, line: task.place(path).line }, message }
      }),
    )
  }
}

function unknownHandlers(
  resources: readonly Resource[],
  handlers: readonly Resource[],
): readonly Problem[] {
  const names = handlers.map((handler) => handler.task)
  return resources.flatMap(({ notify, place }) =>
    notify
      .filter((name) => !names.includes(name))
      .map((name) => ({ place, message: `notify: no handler "${name}"${nearest(name, names)}` })),
  )
}

/** Two tasks that decide on the same file, of whatever kind, would undo each other at every run. */
function writtenTwice(resources: readonly Resource[]): readonly Problem[] {
  const first = new Map<string, Resource>()
  return resources.flatMap((resource) => {
    const { kind, id, effects, place } = resource
    if (kind.writes === undefined) return []
    const whole = effects.files.filter(({ content }) => content !== null)
    const names = new Set([id, ...whole.map(({ path }) => `file ${path}`)])
    const other = [...names].flatMap((name) => first.get(name) ?? [])[0]
    for (const name of names) if (!first.has(name)) first.set(name, resource)
    if (other === undefined) return []
    const message = `${id} is also managed at ${formatPlace(other.place)}; keep one of them`
    return [{ place, message }]
  })
}

import Handlebars from 'handlebars'
import { FactNeeded } from '../facts/fact-needed.ts'
import { CommitError, commitError, messageOf } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import { helpers } from './helpers.ts'
import { jinjaHint } from './jinja-hint.ts'
import { withOrigin } from './origin.ts'
import { register, registerHelpers } from './register-helpers.ts'
import type { Context } from './register-helpers.ts'
import { enter } from './render-limits.ts'

/** A compiled template. @throws CommitError naming the file, line and expression at fault */
export type Render = (context: Context) => string

/** Templates that may be included: by `{{> name}}` as partials, by `(render 'name')` as text. */
export type Includes = (name: string) => { readonly text: string; readonly file: string } | null

/**
 * Compiles Handlebars text for configuration files: nothing is escaped; a name that is not defined, and
 * null, a list or a map where text goes are errors, since each of them would end up as a hole or as
 * `[object Object]` in a configuration.
 * @param place where the text begins; lines are counted from there
 */
export function compileTemplate(source: string, place: Place, includes?: Includes): Render {
  const compiled = compileOnce(source, place, 'print', includes)
  return (context) => compiled(context).text
}

/**
 * Evaluates what stands between the braces of a value, and keeps its type (a list stays a list).
 * @param expression Handlebars without braces: `a.b`, `(eq a 'b')`, `default a 1`
 */
export function evaluate(
  expression: string,
  place: Place,
  context: Context,
  includes?: Includes,
): unknown {
  const call = expression.trim().replace(/^\((.*)\)$/s, '$1')
  return compileOnce(`{{${call}}}`, place, 'capture', includes)(context).value
}

interface Rendered {
  readonly text: string
  readonly value: unknown
}

type Compiled = (context: Context) => Rendered

/** Compiling takes most of the time of rendering, and a role is rendered for this node and for its peers. */
const compiledOf = new WeakMap<Includes, Map<string, Compiled>>()

/** Compiles what belongs to a role once in the life of the loaded role. */
function compileOnce(
  source: string,
  place: Place,
  output: 'print' | 'capture',
  includes: Includes | undefined,
): Compiled {
  if (includes === undefined) return compile(source, place, output, includes)
  const compiled = compiledOf.get(includes) ?? new Map<string, Compiled>()
  compiledOf.set(includes, compiled)
  const key = JSON.stringify([output, place, source])
  const found = compiled.get(key) ?? compile(source, place, output, includes)
  compiled.set(key, found)
  return found
}

function compile(
  source: string,
  place: Place,
  output: 'print' | 'capture',
  includes: Includes | undefined,
): Compiled {
  const environment = Handlebars.create()
  let captured: unknown
  registerHelpers(environment, (name, context) => {
    const included = includes?.(name) ?? null
    if (included === null) return null
    return compileTemplate(included.text, { file: included.file, line: 1 }, includes)(context)
  })
  register(environment, 'capture', false, (value) => {
    captured = value
    return ''
  })
  const template = environment.compile(
    parse(source, place, output, environment, includes),
    compileOptions(environment),
  )
  return (context) => {
    captured = undefined
    enter(place)
    try {
      return { text: template(context), value: captured }
    } catch (error) {
      if (error instanceof CommitError || error instanceof FactNeeded) throw error
      throw commitError(place, messageOf(error))
    }
  }
}

function compileOptions(environment: typeof Handlebars): CompileOptions {
  const names = Object.keys(environment.helpers)
  return {
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(names.map((name) => [name, true])),
  }
}

/** Parses, and rewrites every output into a call of `print` (or `capture`) that checks the value. */
function parse(
  source: string,
  place: Place,
  output: string,
  environment: typeof Handlebars,
  includes: Includes | undefined,
): hbs.AST.Program {
  const program = parseOnly(source, place)
  const lines = source.split('\n')
  const visitor = new (class extends Handlebars.Visitor {
    override MustacheStatement(node: hbs.AST.MustacheStatement): void {
      super.MustacheStatement(node)
      refuseUnknown(node, environment, place)
      const hasCall = node.params.length > 0 || node.hash !== undefined
      const inner = hasCall
        ? { ...node, type: 'SubExpression' as const, hash: withOrigin(node, lines, place) }
        : node.path
      node.path = path(output, node.loc)
      node.params = [inner]
      node.hash = withOrigin(node, lines, place)
    }
    override BlockStatement(node: hbs.AST.BlockStatement): void {
      super.BlockStatement(node)
      refuseUnknown(node, environment, place)
      node.hash = withOrigin(node, lines, place)
    }
    override SubExpression(node: hbs.AST.SubExpression): void {
      super.SubExpression(node)
      refuseUnknown(node, environment, place)
      node.hash = withOrigin(node, lines, place)
    }
    override PartialStatement(node: hbs.AST.PartialStatement): void {
      super.PartialStatement(node)
      const name = 'original' in node.name ? node.name.original : ''
      const included = includes?.(name) ?? null
      if (included === null) {
        throw commitError(at(place, node.loc), `no template "${name}" in this role`)
      }
      if (environment.partials[name] === undefined) {
        environment.partials[name] = 'being parsed'
        environment.partials[name] = environment.compile(
          parse(included.text, { file: included.file, line: 1 }, 'print', environment, includes),
          compileOptions(environment),
        )
      }
    }
  })()
  visitor.accept(program)
  return program
}

/** Names the helper that does not exist, and where; Handlebars itself would say it at run time. */
function refuseUnknown(
  node: hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression,
  environment: typeof Handlebars,
  place: Place,
): void {
  const isCall = node.type !== 'MustacheStatement' || node.params.length > 0
  const name = 'original' in node.path ? node.path.original : ''
  if (isCall && environment.helpers[name] === undefined) {
    const known = ['if', 'each', ...Object.keys(helpers)].join(' ')
    throw commitError(at(place, node.loc), `no helper "${name}"; there are: ${known}`)
  }
}

function parseOnly(source: string, place: Place): hbs.AST.Program {
  const statement = source.split('\n').findIndex((line) => line.includes('{%'))
  if (statement !== -1) {
    const line = (place.line ?? 1) + statement
    throw commitError({ ...place, line }, jinjaHint('{%') ?? '')
  }
  try {
    return Handlebars.parse(source)
  } catch (error) {
    const message = messageOf(error)
    const line = Number(/on line (\d+)/.exec(message)?.[1] ?? 1)
    const hint = jinjaHint(source.split('\n')[line - 1] ?? '')
    throw commitError(
      { ...place, line: (place.line ?? 1) + line - 1 },
      hint ?? `not a Handlebars template: ${message.split('\n').at(-1) ?? message}`,
    )
  }
}

function path(name: string, loc: hbs.AST.SourceLocation): hbs.AST.PathExpression {
  return { type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc }
}

function at(place: Place, loc: hbs.AST.SourceLocation): Place {
  return { ...place, line: (place.line ?? 1) + loc.start.line - 1 }
}

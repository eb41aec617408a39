import * as v from 'valibot'
import { commitError } from '../system/errors.ts'
import type { Sourced } from '../yaml/yaml.ts'

const types = ['str', 'int', 'float', 'bool', 'list', 'dict', 'path', 'raw'] as const

/** One argument of a role, in the words of Ansible's meta/argument_specs.yml. */
export interface Option {
  readonly type: (typeof types)[number]
  /** Type of the items of a list. Default: anything. */
  readonly elements?: (typeof types)[number] | undefined
  readonly required?: boolean | undefined
  /** Fills the option of a list item or map that the user left out; top-level defaults stand in defaults/main.yml. */
  readonly default?: unknown
  readonly choices?: readonly unknown[] | undefined
  /** The smallest and the largest number, both included; for a list, of each of its numbers. Default: any. */
  readonly range?: readonly [number, number] | undefined
  /**
   * Whether text, or any text in a list or map, may have several lines. `one`: a line break would become a
   * directive of its own in the file that is rendered. Default, that of the role, which is `many`.
   */
  readonly lines?: 'one' | 'many' | undefined
  /** Its value is a secret: shown as ******** wherever text is shown. */
  readonly no_log?: boolean | undefined
  readonly description?: string | readonly string[] | undefined
  /** The keys that a dict, or each item of a list of dicts, may have. Default: any. */
  readonly options?: Readonly<Record<string, Option>> | undefined
}

const optionSchema: v.GenericSchema<Option> = v.strictObject({
  type: v.optional(v.picklist(types), 'str'),
  elements: v.optional(v.picklist(types)),
  required: v.optional(v.boolean()),
  default: v.optional(v.unknown()),
  choices: v.optional(v.array(v.unknown())),
  range: v.optional(v.pipe(v.tuple([v.number(), v.number()]), v.readonly())),
  lines: v.optional(v.picklist(['one', 'many'])),
  no_log: v.optional(v.boolean()),
  description: v.optional(v.union([v.string(), v.array(v.string())])),
  options: v.optional(
    v.record(
      v.string(),
      v.lazy(() => optionSchema),
    ),
  ),
}) as unknown as v.GenericSchema<Option>

const specSchema = v.strictObject({
  argument_specs: v.strictObject({
    main: v.strictObject({
      short_description: v.optional(v.string()),
      description: v.optional(v.union([v.string(), v.array(v.string())])),
      author: v.optional(v.union([v.string(), v.array(v.string())])),
      lines: v.optional(v.picklist(['one', 'many']), 'many'),
      options: v.optional(v.record(v.string(), optionSchema), {}),
    }),
  }),
})

/** @throws CommitError when the file is no argument specification */
export function parseArgumentSpec(source: Sourced): Readonly<Record<string, Option>> {
  const parsed = v.safeParse(specSchema, source.value)
  if (parsed.success) {
    const { options, lines } = parsed.output.argument_specs.main
    return withLines(options, lines)
  }
  const [issue] = parsed.issues
  const path = issue.path?.map((step) => step.key as string | number) ?? []
  throw commitError(source.place(path), issue.message)
}

/** Options that say nothing of it take it from the option above them, and those from the role. */
function withLines(
  options: Readonly<Record<string, Option>>,
  above: 'one' | 'many',
): Readonly<Record<string, Option>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const lines = option.lines ?? above
      const inner = option.options && withLines(option.options, lines)
      return [name, { ...option, lines, options: inner }]
    }),
  )
}

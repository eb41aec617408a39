import type { Vars } from '../inventory/inventory.ts'
import type { Sourced } from '../yaml/yaml.ts'
import type { Option } from './argument-spec.ts'
import type { Includes } from './template.ts'

/** A role as read from disk: data, nothing rendered yet. */
export interface Role {
  readonly name: string
  /** A built-in role that the config repo does not shadow. */
  readonly isBuiltIn: boolean
  readonly defaults: Vars
  readonly vars: Vars
  /** meta/argument_specs.yml; null when the role has none, and its variables are not checked then. */
  readonly options: Readonly<Record<string, Option>> | null
  readonly tasks: Sourced
  readonly handlers: Sourced
  /** Finds a template by its file name, with or without `.hbs`. */
  readonly templates: Includes
  /** Contents of files/ by relative name; null when there is none. */
  readonly files: (name: string) => Uint8Array | null
}

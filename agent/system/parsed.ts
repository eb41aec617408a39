import type * as v from 'valibot'

/** What a schema reads, as data that nobody changes: a type that is written once, in the schema. */
export type Parsed<Schema extends v.GenericSchema> = DeepReadonly<v.InferOutput<Schema>>

type DeepReadonly<T> = { readonly [Key in keyof T]: DeepReadonly<T[Key]> }

/** Keys and indexes that lead to a value inside a document. */
export type ValuePath = readonly (string | number)[]

/** `a.b[0].c`, as people write paths of values. */
export function formatValuePath(path: ValuePath): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('')
}

/**
 * Thrown while rendering when a fact is used that is not gathered yet, because gathering it costs
 * processes. Whoever renders gathers the group and renders again.
 */
export class FactNeeded extends Error {
  readonly group: string

  constructor(group: string) {
    super(`facts of group ${group} are needed`)
    this.name = 'FactNeeded'
    this.group = group
  }
}

import * as v from 'valibot'
import { parseRule } from '../../programs/netfilter/rule.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import type { Undo } from '../undo.ts'
import { parseChainName } from './ownership.ts'
import { readTable } from './read-table.ts'
import { restore } from './restore.ts'
import { formatChain } from './save-file.ts'
import { toolName } from './scratch.ts'

/** null when iptables is not installed. */
const schema = v.nullable(
  v.object({
    /** null when there is no such chain. */
    rules: v.nullable(v.array(v.string())),
    /** `behind` is the rule in front of it; null when it is the first. A number would depend on others. */
    jumps: v.array(
      v.object({ parent: v.string(), rule: v.string(), behind: v.nullable(v.string()) }),
    ),
  }),
)
type Chain = NonNullable<v.InferOutput<typeof schema>>

/** The rules of a chain and the jumps to it, by family, table and chain: `ipv4 filter EVENKEEL-IN`. */
export const iptablesUndo: Undo = {
  async snapshot(text, system) {
    const { family, name, chain } = parseChainName(text)
    const table = await readTable(family, name, system)
    return table && readChain(table, chain)
  },

  async restore(text, before, system) {
    const was = v.parse(schema, before)
    const { family, name, chain } = parseChainName(text)
    const table = await readTable(family, name, system)
    if (was === null || table === null) return
    const now = readChain(table, chain)
    if (JSON.stringify(now) === JSON.stringify(was)) return
    const deleted = now.jumps.map(({ parent, rule }) => `-D ${parent} ${rule}`)
    const commands = [...deleted, ...insertJumps(was, chain, table)]
    const lines =
      was.rules === null
        ? [`*${name}`, ...deleted, `-F ${chain}`, `-X ${chain}`, 'COMMIT']
        : formatChain(name, chain, was.rules, commands)
    await restore(family, lines, system)
  },

  /** The same in sh: what is there when it runs is not known yet. */
  script(text, before) {
    const was = v.parse(schema, before)
    if (was === null) return ''
    const { family, name, chain } = parseChainName(text)
    const save = `${toolName(family, 'save')} -t ${name}`
    const deletes = `${save} | sed -n 's/^-A \\(.* -[jg] ${chain}\\)$/-D \\1/p'`
    const fill =
      was.rules === null
        ? [`echo '*${name}'`, deletes, `echo '-F ${chain}'`, `echo '-X ${chain}'`]
        : [
            ...formatChain(name, chain, was.rules).slice(0, -1).map(print),
            deletes,
            ...was.jumps.flatMap(({ parent, rule, behind }) => [
              // The line number among the rules that stay is the place of the rule in front
              `place=$(${save} | grep '^-A ${parent} ' | grep -v -- ' -[jg] ${chain}$' |`,
              `  grep -nxF -- ${quote(`-A ${parent} ${behind ?? ''}`)} | tail -n 1 | cut -d: -f1)`,
              `printf '%s %s %s\\n' ${quote(`-I ${parent}`)} "$((\${place:-0} + 1))" ${quote(rule)}`,
            ]),
          ]
    const lines = [...fill, 'echo COMMIT'].map((line) => `  ${line}\n`).join('')
    const guard = was.rules === null ? `! ${save} | grep -q '^:${chain} ' || ` : ''
    return `${guard}{\n${lines}} | ${toolName(family, 'restore')} -w 5 --noflush\n`
  },
}

function readChain(table: SavedTable, chain: string): Chain {
  return {
    rules: table.chains.get(chain)?.slice() ?? null,
    jumps: [...table.chains].flatMap(([parent, rules]) =>
      rules.flatMap((rule, index) =>
        parent === chain || parseRule(rule).target?.name !== chain
          ? []
          : [{ parent, rule, behind: rules[index - 1] ?? null }],
      ),
    ),
  }
}

/** Commands that put the jumps back once all that lead there now are gone. */
function insertJumps({ jumps }: Chain, chain: string, table: SavedTable): readonly string[] {
  const staying = new Map(
    [...table.chains].map(([parent, rules]) => [
      parent,
      rules.filter((rule) => parseRule(rule).target?.name !== chain),
    ]),
  )
  return jumps.map(({ parent, rule, behind }) => {
    const rules = staying.get(parent) ?? []
    // A rule in front that is gone gives the first place, as at boot
    const place = behind === null ? 0 : rules.lastIndexOf(behind) + 1
    rules.splice(place, 0, rule)
    return `-I ${parent} ${place + 1} ${rule}`
  })
}

function print(line: string): string {
  return `printf '%s\\n' ${quote(line)}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

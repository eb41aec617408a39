import { helpers } from './helpers.ts'

/** How to write here what somebody wrote for Jinja; null when the text does not look like Jinja. */
export function jinjaHint(source: string): string | null {
  if (/\{%/.test(source))
    return 'Jinja statement {% … %}: use {{#if}}, {{#each}} in a template, or when/loop'
  const expression = /\{\{-?([^#^/>!{}][^{}]*)-?\}\}/.exec(source)?.[1] ?? ''
  const bare = expression.replace(/'[^']*'|"[^"]*"/g, "''")
  const filter = /\|\s*(\w+)/.exec(bare)
  if (filter) {
    const known = filter[1] !== undefined && filter[1] in helpers
    return `Jinja filter "| ${filter[1]}": ${known ? `write ${helpers[filter[1] ?? '']?.usage}` : 'write a helper call such as (default a b)'}`
  }
  if (/[\w\]]\(/.test(bare))
    return 'Jinja call: lookups and functions are not available; use vars, facts or hostvars'
  if (/\w\[/.test(bare)) return "Jinja index: write a.b, a.[0] or (lookup a 'b')"
  if (/==|!=|[<>]|\bif\b|[+*~]| - /.test(bare))
    return 'Jinja operator: write a helper call such as (eq a b) or (add a b)'
  return null
}

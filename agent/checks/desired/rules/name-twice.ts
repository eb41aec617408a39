import type { ConfigLine } from '../../../programs/haproxy/lines.ts'
import type { Section } from '../../../programs/haproxy/sections.ts'
import type { Place } from '../../../system/errors.ts'
import type { ValuePath } from '../../../yaml/yaml.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredHaproxy } from '../haproxy-desired.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { HostState, PreflightInput, Rule } from '../rule.ts'
import { placeOfNamed } from '../variable-place.ts'

/**
 * Two sections of haproxy.cfg, two servers of a backend or two VRRP instances of one name. haproxy refuses all of
 * them (2.6 and 3.0 tried), but for two lists of users, of which it drops the second; keepalived drops the second
 * instance, and its VIPs are nowhere.
 */
export const nameTwice: Rule = { id: 'name-twice', check }

/** Sections that may have the name of another one, or none. */
const free = new Set(['global', 'defaults', 'traces'])

function check({ self }: PreflightInput): readonly Finding[] {
  const { sections } = readDesiredHaproxy(self)
  const certain = sections.filter(({ keyword, heading }) => heading.isCertain && !free.has(keyword))
  return [
    ...sameSections(certain, self),
    ...certain.flatMap((section) => sameServers(section, self)),
    ...sameInstances(self),
  ]
}

function sameSections(sections: readonly Section[], self: HostState): readonly Finding[] {
  return sections.flatMap((section, index): readonly Finding[] => {
    const { keyword, name, heading } = section
    const first = sections
      .slice(0, index)
      .find((one) => one.name === name && isClash(one.keyword, keyword))
    if (first === undefined) return []
    const place = placeOfNamed(self, `haproxy_${keyword}s`, name, nameKey)
    const what =
      first.keyword === keyword
        ? `there are two sections "${keyword} ${name}"`
        : `"${keyword} ${name}" has the name of a ${first.keyword}`
    const isPage = [first, section].some((one) => isOwnPage(one, self))
    return find(what, heading, place, self, isPage ? ownPage : remedy)
  })
}

const remedy = 'give one of them another name, or leave it out'
const ownPage =
  'one of them is the page of haproxy_stats: write "haproxy_stats: {enabled: no}", or give the other one another name'

/** The page that the role writes by itself, which the inventory does not list. */
function isOwnPage({ keyword, name, lines }: Section, self: HostState): boolean {
  const isListed = placeOfNamed(self, `haproxy_${keyword}s`, name, nameKey) !== null
  return !isListed && lines.some(({ words }) => words[0] === 'stats' && words[1] === 'enable')
}

/** A frontend and a backend may share a name; a listen is both. */
function isClash(one: string, other: string): boolean {
  if (one === other) return true
  const proxies = [one, other]
  return proxies.includes('listen') && proxies.some((it) => it === 'frontend' || it === 'backend')
}

function sameServers(section: Section, self: HostState): readonly Finding[] {
  const servers = section.lines.filter(({ words, isCertain }) => isCertain && words[0] === 'server')
  return servers.flatMap((line, index): readonly Finding[] => {
    const [, name = ''] = line.words
    if (!servers.slice(0, index).some(({ words }) => words[1] === name)) return []
    const below = ({ servers: all }: Readonly<Record<string, unknown>>): ValuePath => {
      const names = Array.isArray(all) ? all.map((it: unknown) => Object(it) as object) : []
      const at = names.findLastIndex((it) => 'name' in it && it.name === name)
      return at < 0 ? ['servers'] : ['servers', at, 'name']
    }
    const place = placeOfNamed(self, `haproxy_${section.keyword}s`, section.name, below)
    return find(`${section.keyword} ${section.name} has two servers "${name}"`, line, place, self)
  })
}

function sameInstances(self: HostState): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap(({ name, line, file }, index): readonly Finding[] => {
    if (!instances.slice(0, index).some((one) => one.name === name)) return []
    const place = placeOfNamed(self, 'keepalived_instances', name, nameKey)
    return find(`there are two VRRP instances "${name}"`, { file, line }, place, self)
  })
}

const nameKey = (): ValuePath => ['name']

function find(
  what: string,
  { file, line }: Pick<ConfigLine, 'file' | 'line'>,
  own: Place | null,
  self: HostState,
  advice = remedy,
): readonly Finding[] {
  const place = own ?? self.files.get(file)?.place ?? { file }
  const where = own === null ? `${file}:${line} ` : ''
  const message = `${where}${what}: ${advice}`
  return [{ rule: nameTwice.id, level: 'error', place, message }]
}

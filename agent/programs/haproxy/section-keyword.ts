/**
 * The words that begin a section: what haproxy 2.6 to 3.5 gives to REGISTER_CONFIG_SECTION. Those that an older
 * version does not know make it refuse the file.
 */
const keywords = [
  'global',
  'defaults',
  'frontend',
  'backend',
  'listen',
  'peers',
  'resolvers',
  'mailers',
  'userlist',
  'namespace_list',
  'cache',
  'http-errors',
  'fcgi-app',
  'ring',
  'log-forward',
  'program',
  'crt-store',
  'log-profile',
  'traces',
  'acme',
  'healthcheck',
] as const

export type SectionKeyword = (typeof keywords)[number]

const known: ReadonlySet<string> = new Set(keywords)

export function isSectionKeyword(word: string): word is SectionKeyword {
  return known.has(word)
}

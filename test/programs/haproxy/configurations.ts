import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One that haproxy 2.6 and 3.0 accept. */
export interface Configuration {
  readonly name: string
  /** Texts of its files, in order. */
  readonly texts: readonly string[]
  /** Variables of its process. */
  readonly env: Readonly<Record<string, string>>
}

/** What stands behind `bind`; P is a port that the others don't have, Q one that is 4 higher. */
const forms: readonly string[] = [
  ':P',
  '*:P',
  '0.0.0.0:P # all',
  '192.0.2.11:P',
  '127.0.0.1:P',
  ':P,192.0.2.11:Q',
  ':P,:Q,',
  ':P-Q',
  ':::P',
  '[::]:P',
  '0::0:P',
  '[::]:P v6only',
  ':::P v4v6',
  '[2001:db8::11]:P',
  '2001:db8::11:P',
  '[::1]:P',
  'ipv6@:P',
  'ipv6@*:P',
  'ipv4@*:P',
  'ipv4@192.0.2.11:P',
  'ipv6@2001:db8::11:P v6only',
  'tcp@:P',
  'tcp4@:P',
  'tcp6@:P',
  'ip@:P',
  'stream+ipv4@:P',
  '203.0.113.9:P transparent',
  ':P interface lan',
  '"*:Q" name a',
  '\'*:Q\' name "#1 # \\" b"',
  ':P#comment',
  '":P" name a\\ b',
  ':P name "a b" transparent',
  '/run/evenkeel-test.sock,:P mode 660',
  'abns@front,:P',
]
const manyBinds = forms
  .map((form, index) =>
    form.replaceAll('P', `${8000 + 10 * index}`).replaceAll('Q', `${8004 + 10 * index}`),
  )
  .map((words, index) => `frontend f${index}\n bind ${words}\n`)

const written = readFileSync(join(import.meta.dirname, 'configurations.txt'), 'utf8')

/** For what they listen on: those of configurations.txt, and what an editor would spoil. */
export const configurations: readonly Configuration[] = [
  ...written.split(/^=== /m).slice(1).map(readConfiguration),
  { name: 'every form of bind', texts: [manyBinds.join('')], env: {} },
  {
    name: 'carriage returns',
    texts: ['frontend a\r\n bind :80\r\n disabled\r\nfrontend b\r\n bind :81\r\n'],
    env: {},
  },
  {
    name: 'tabs, and no indentation',
    texts: ['frontend\ta\nbind\t:80\n\t\tbind\t:81\t#\tx\n'],
    env: {},
  },
]

/** A name, lines `env NAME=value`, and texts between lines `--- next file`. */
function readConfiguration(text: string): Configuration {
  const [name = '', ...lines] = text.split('\n')
  const variables = lines.filter((line) => line.startsWith('env ')).map((line) => line.slice(4))
  const rest = lines.filter((line) => !line.startsWith('env ')).join('\n')
  return {
    name,
    texts: rest.split('--- next file\n'),
    env: Object.fromEntries(variables.map((one) => one.split('=', 2) as [string, string])),
  }
}

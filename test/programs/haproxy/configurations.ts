import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One that haproxy 2.6 and 3.0 accept. */
export interface Configuration {
  readonly name: string
  /** In the order of the command line; those of a folder are given by the folder's name. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
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
  readConfiguration(`every form of bind\n${manyBinds.join('')}`),
  readConfiguration(
    'carriage returns\nfrontend a\r\n bind :80\r\n disabled\r\nfrontend b\r\n bind :81\r\n',
  ),
  readConfiguration('tabs, and no indentation\nfrontend\ta\nbind\t:80\n\t\tbind\t:81\t#\tx\n'),
]

/** A name, lines `env NAME=value`, the text of the first file, and further ones, each below a line `--- PATH`. */
function readConfiguration(text: string): Configuration {
  const [name = '', ...lines] = text.split('\n')
  const variables = lines.filter((line) => line.startsWith('env ')).map((line) => line.slice(4))
  const rest = lines.filter((line) => !line.startsWith('env ')).join('\n')
  return {
    name,
    files: `--- c0.cfg\n${rest}`
      .split(/^--- /m)
      .slice(1)
      .map((file) => {
        const end = file.indexOf('\n')
        return { path: file.slice(0, end), text: file.slice(end + 1) }
      }),
    env: Object.fromEntries(variables.map((one) => one.split('=', 2) as [string, string])),
  }
}

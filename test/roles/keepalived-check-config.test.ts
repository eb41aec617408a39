/** roles/keepalived/files/check-config with the real keepalived, in a network of its own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = join(import.meta.dirname, '../../roles/keepalived/files/check-config')
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-check-config-'))
test.after(() => rmSync(folder, { recursive: true }))

/** The exit code, and what is said. @param body of the instance, whose interface is eth9 */
function check(body: string): readonly [number | null, string] {
  const file = join(folder, 'keepalived.conf')
  const rest =
    'interface eth9\nvirtual_router_id 51\npriority 100\nvirtual_ipaddress {\n192.0.2.101/32\n}'
  writeFileSync(file, `vrrp_instance VI_1 {\nversion 3\nstate BACKUP\n${rest}\n${body}\n}\n`)
  const network =
    'ip link add eth9 type veth peer name eth8 && ip link set eth9 up && ip address add 192.0.2.11/24 dev eth9'
  const argv = [
    '-n',
    'sh',
    '-c',
    `${network} && exec "$0" --all-config --use-file "$1"`,
    script,
    file,
  ]
  const { status, stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' })
  return [status, stdout + stderr]
}

const cases: readonly (readonly [name: string, body: string, code: number, says: string])[] = [
  ['what is right', '', 0, ''],
  ['the own interface tracked', 'track_interface {\neth9\n}', 0, 'since own interface'],
  ['the same, with a weight', 'track_interface {\neth9 weight -20\n}', 0, 'since own interface'],
  ['that and something wrong', 'track_interface {\neth9\n}\nfrobnicate', 5, 'frobnicate'],
  ['an interface that is not there', 'track_interface {\neth7\n}', 5, 'eth7'],
  [
    'a password that is cut',
    'authentication {\nauth_type PASS\nauth_pass verylongsecret\n}',
    5,
    '',
  ],
]
for (const [name, body, code, says] of cases) {
  test(`${name}: ends with ${code}`, () => {
    const [got, said] = check(body)
    assert.is(got, code, said)
    assert.match(said, says)
  })
}

test.run()

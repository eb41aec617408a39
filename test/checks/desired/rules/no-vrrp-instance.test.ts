import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { noVrrpInstance } from '../../../../agent/checks/desired/rules/no-vrrp-instance.ts'
import { formatPlace } from '../../../../agent/system/errors.ts'
import { host } from '../state.ts'

const instance = 'vrrp_instance VI_1 {\n  interface eth0\n}\n'

/** A keepalived.conf, and the level of what is found. */
const cases: readonly (readonly [string, string | undefined, string | null])[] = [
  ['an instance', instance, null],
  ['no keepalived on this host', undefined, null],
  ['an empty file', '', 'error is empty'],
  ['blank lines', '\n  \n', 'error is empty'],
  ['comments alone', `# ${instance.replaceAll('\n', '\n# ')}`, 'error holds no vrrp_instance'],
  ['global_defs alone', 'global_defs {\n  router_id lb1\n}\n', 'error holds no vrrp_instance'],
  [
    'the name of a block only in text',
    'global_defs {\n router_id "vrrp_instance {"\n}\n',
    'error holds no',
  ],
  ['an instance of another node', '@lb2 vrrp_instance VI_1 {\n', 'error holds no vrrp_instance'],
  ['an include that is not known', 'include /etc/keepalived/local.conf\n', 'warning'],
  ['an include and an instance', `include /etc/keepalived/local.conf\n${instance}`, null],
]
for (const [name, keepalived, expected] of cases) {
  test(`${expected ?? 'nothing'}: ${name}`, () => {
    const self = host('lb1', ['192.0.2.11'], keepalived === undefined ? {} : { keepalived })
    const findings = noVrrpInstance.check({ self, peers: [], remote: null })
    assert.is(findings.length, expected === null ? 0 : 1)
    const [finding] = findings
    if (expected === null || finding === undefined) return
    const [level = '', ...words] = expected.split(' ')
    assert.is(finding.level, level)
    assert.ok(finding.message.includes(words.join(' ')), finding.message)
    assert.is(formatPlace(finding.place), 'roles/keepalived/tasks/main.yml:50')
  })
}

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileLimit } from '../../../agent/checks/node/file-limit.ts'
import { futureDisk } from '../../../agent/checks/node/future-disk.ts'
import { mergeUnit } from '../../../agent/checks/node/merge-unit.ts'
import { foldersOfUnit, parseUnitTexts } from '../../../agent/programs/systemd/unit-file.ts'
import { fakeSystem } from '../../fake-system.ts'

const unit = '/usr/lib/systemd/system/haproxy.service'
const etc = '/etc/systemd/system/haproxy.service.d'
const place = { file: 'roles/haproxy/tasks/main.yml' }
const default512k = {
  'systemctl show -p DefaultLimitNOFILE': { stdout: 'DefaultLimitNOFILE=524288\n', reads: true },
}
const without = 'CapEff:\t00000000fcecbfff\n'
const withAll = 'CapEff:\t000001ffffffffff\n'

interface Case {
  readonly limits?: string
  readonly status?: string
  readonly map?: string
  readonly files?: Readonly<Record<string, string>>
  readonly desired?: Readonly<Record<string, string>>
  readonly expected: number
}

const cases: Readonly<Record<string, Case>> = {
  "a container: systemd can't go beyond its own limit": {
    limits: 'Max open files            20000                20000                files     \n',
    desired: { [`${etc}/limits.conf`]: '[Service]\nLimitNOFILE=139262\n' },
    expected: 20_000,
  },
  "the unit's own": { files: { [unit]: '[Service]\nLimitNOFILE=4096\n' }, expected: 4096 },
  'a drop-in of this run beats it': {
    files: { [unit]: '[Service]\nLimitNOFILE=4096\n' },
    desired: { [`${etc}/a.conf`]: '[Service]\nLimitNOFILE=1K:8K\n' },
    expected: 8192,
  },
  'this run replaces a drop-in': {
    files: { [`${etc}/a.conf`]: '[Service]\nLimitNOFILE=100\n' },
    desired: { [`${etc}/a.conf`]: '[Service]\nLimitNOFILE=200\n' },
    expected: 200,
  },
  'a later drop-in, from another folder': {
    files: {
      [`${etc}/a.conf`]: '[Service]\nLimitNOFILE=100\n',
      '/run/systemd/system/haproxy.service.d/b.conf': '[Service]\nLimitNOFILE=300\n',
      '/usr/lib/systemd/system/haproxy.service.d/a.conf': '[Service]\nLimitNOFILE=50\n',
    },
    expected: 300,
  },
  'a drop-in that hides one of the same name': {
    files: {
      [`${etc}/a.conf`]: '[Service]\nLimitNOFILE=100\n',
      '/usr/lib/systemd/system/haproxy.service.d/a.conf': '[Service]\nLimitNOFILE=50\n',
    },
    expected: 100,
  },
  'no limit in the unit': { expected: 524_288 },
  infinity: { files: { [unit]: '[Service]\nLimitNOFILE=infinity\n' }, expected: 1_048_576 },
  'haproxy raises it itself where it may': {
    status: withAll,
    files: { [unit]: '[Service]\nLimitNOFILE=4096\n' },
    expected: 1_048_576,
  },
  'but not in a user namespace': {
    status: withAll,
    map: '         0     100000      65536\n',
    files: { [unit]: '[Service]\nLimitNOFILE=4096\n' },
    expected: 4096,
  },
  'but not without the capability': {
    status: withAll,
    files: {
      [unit]: '[Service]\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nLimitNOFILE=4096\n',
    },
    expected: 4096,
  },
  'but not as another user': {
    status: withAll,
    files: { [unit]: '[Service]\nUser=haproxy\nLimitNOFILE=4096\n' },
    expected: 4096,
  },
}

for (const [
  name,
  { limits = '', status = without, map, files, desired, expected },
] of Object.entries(cases)) {
  test(name, async () => {
    const proc = {
      '/proc/1/limits': limits,
      '/proc/1/status': status,
      '/proc/1/uid_map': map ?? '         0          0 4294967295\n',
      '/proc/sys/fs/nr_open': '1048576\n',
    }
    const system = fakeSystem({ files: { ...proc, ...files }, commands: default512k })
    const wanted = new Map(
      Object.entries(desired ?? {}).map(([path, text]) => [path, { text, place }]),
    )
    const disk = futureDisk(wanted, new Set(), system)
    const settings = await mergeUnit('haproxy.service', '', disk)
    assert.is((await readFileLimit(settings, system)).files, expected)
    assert.equal(system.done, [])
  })
}

test('settings of [Service] alone, and an empty one takes back', () => {
  const settings = parseUnitTexts([
    '[Unit]\nUser=x\n[Service]\nUser=a\nRuntimeDirectory=one two\n',
    '[Service]\nUser=\n# User=c\n',
  ])
  assert.equal(settings.get('User'), [])
  assert.equal(foldersOfUnit(settings), ['/run/one', '/run/two'])
})

test.run()

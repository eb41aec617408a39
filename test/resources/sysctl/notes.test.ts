import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sysctl } from '../../../agent/resources/sysctl/sysctl.ts'
import type { FakeFile } from '../../fake-machine.ts'
import { fakeSystem } from '../../fake-system.ts'

const place = { file: 'roles/x/tasks/main.yml', line: 3, key: 'sysctl' }
const spec = sysctl.parse({ settings: { 'net.core.somaxconn': 16384 } }, place)
const link: FakeFile = { type: 'link', target: '../sysctl.conf' }

async function notes(conf: string): Promise<readonly string[]> {
  const files = {
    '/proc/sys/net/core/somaxconn': '4096\n',
    '/etc/sysctl.d/99-sysctl.conf': link,
    '/etc/sysctl.conf': conf,
  }
  return sysctl.notes?.(spec, await sysctl.observe(spec, fakeSystem({ files }))) ?? []
}

test('a line that only "sysctl --system" would obey is told of, not repaired', async () => {
  assert.equal(await notes('# local\nnet.core.somaxconn = 128\n'), [
    '/etc/sysctl.conf:2 sets net.core.somaxconn too, and "sysctl --system" obeys it',
  ])
})

test('a line that says the same, or of another key, is not', async () => {
  assert.equal(await notes('net.core.somaxconn = 16384\nvm.swappiness = 1\n'), [])
})

test('ids name the key, and count the others', () => {
  assert.is(sysctl.id(spec), 'sysctl net.core.somaxconn')
  const two = sysctl.parse({ settings: { 'vm.swappiness': 1, 'vm.overcommit_memory': 1 } }, place)
  assert.is(sysctl.id(two), 'sysctl vm.swappiness and 1 more')
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apt } from '../../../agent/resources/package/apt.ts'
import { createPackageKind } from '../../../agent/resources/package/package.ts'
import type { PackageProvider } from '../../../agent/resources/package/provider.ts'
import { CommitError, LocalError } from '../../../agent/system/errors.ts'
import type { Machine } from '../../fake-machine.ts'
import { fakeSystem } from '../../fake-system.ts'

/** All that a package manager of another family has to say. */
const dnf: PackageProvider = {
  name: 'dnf',
  serves: ({ os_family: family }) => family === 'RedHat',
  isHere: async () => false,
  isName: (name) => /^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name),
  async readStatus(name, system) {
    return (await system.run(['rpm', '-q', name])).code === 0 ? 'installed' : null
  },
  async install(names, system) {
    await system.run(['dnf', 'install', '-y', ...names])
  },
  async remove(names, system) {
    await system.run(['dnf', 'remove', '-y', ...names])
  },
  findLeftover: async () => null,
  clean: async () => {},
}

const kind = createPackageKind([apt, dnf])
const place = { file: 'roles/x/tasks/main.yml', line: 1, key: 'package' }
const osRelease = (id: string) => ({ files: { '/etc/os-release': `ID=${id}\nID_LIKE="fedora"\n` } })

async function apply(raw: object, machine: Machine): Promise<readonly string[]> {
  const spec = kind.parse({ ...raw }, place)
  const system = fakeSystem(machine)
  const state = await kind.observe(spec, system)
  await kind.apply(spec, kind.diff(spec, state), state, system)
  return system.done
}

test('a node is served by the package manager of its family', async () => {
  const rocky: Machine = {
    ...osRelease('rocky'),
    commands: {
      'rpm -q NetworkManager': { code: 1, reads: true },
      'rpm -q haproxy': { code: 0, reads: true },
      'dnf install -y NetworkManager': {},
      'dnf remove -y haproxy': {},
    },
  }
  assert.equal(await apply({ name: ['NetworkManager', 'haproxy'] }, rocky), [
    'run dnf install -y NetworkManager',
  ])
  assert.equal(await apply({ name: 'haproxy', state: 'absent' }, rocky), [
    'run dnf remove -y haproxy',
  ])
  const debian = await apply({ name: 'haproxy' }, { available: { haproxy: {} } })
  assert.match(debian.join('\n'), 'apt-get install')
})

test('a node that has lost os-release is served by the one whose files it has', async () => {
  const files = { '/etc/os-release': null, '/var/lib/dpkg/status': '' }
  const done = await apply({ name: 'haproxy' }, { files, available: { haproxy: {} } })
  assert.match(done.join('\n'), 'apt-get install')
})

test('a name is one that some package manager has', () => {
  assert.equal(kind.parse({ name: 'perl-IO_x' }, place).names, ['perl-IO_x'])
  assert.throws(
    () => kind.parse({ name: 'haproxy=2.6' }, place),
    (error: unknown) => error instanceof CommitError,
  )
  assert.throws(
    () => createPackageKind([apt]).parse({ name: 'NetworkManager' }, place),
    (error: unknown) => error instanceof CommitError,
  )
})

test('a node of another family is told which there are', async () => {
  const spec = kind.parse({ name: 'haproxy' }, place)
  const alpine = fakeSystem({ files: { '/etc/os-release': 'ID=alpine\n' } })
  try {
    await kind.observe(spec, alpine)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, LocalError)
    assert.match((error as Error).message, /runs Alpine \(os_family Alpine\).* only apt, dnf;/)
  }
})

test.run()

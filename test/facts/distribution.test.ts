import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { distributionFacts } from '../../agent/facts/distribution.ts'

interface Case {
  readonly name: string
  readonly osRelease: string
  readonly debianVersion?: string
  /** Family, distribution, version, major version, release. */
  readonly expected: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'Debian has its minor version in debian_version',
    osRelease: 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
    debianVersion: '12.11\n',
    expected: ['Debian', 'Debian', '12.11', '12', 'bookworm'],
  },
  {
    name: 'Debian before its release has no number',
    osRelease: 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=forky\nID=debian\n',
    debianVersion: 'forky/sid\n',
    expected: ['Debian', 'Debian', 'n/a', 'n/a', 'forky'],
  },
  {
    name: 'Ubuntu, whose debian_version is that of the Debian it came from',
    osRelease:
      'NAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n',
    debianVersion: 'trixie/sid\n',
    expected: ['Debian', 'Ubuntu', '24.04', '24', 'noble'],
  },
  {
    name: 'Rocky',
    osRelease:
      'NAME="Rocky Linux"\nVERSION="9.4 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n',
    expected: ['RedHat', 'Rocky', '9.4', '9', 'Blue Onyx'],
  },
  {
    name: 'a stranger that is like Debian',
    osRelease: "NAME='Own Linux'\nID=own\nID_LIKE='ubuntu debian'\nVERSION_ID=1\n",
    debianVersion: '12.5\n',
    expected: ['Debian', 'Own Linux', '1', '1', 'n/a'],
  },
  {
    name: 'a file that says little',
    osRelease: 'PRETTY_NAME="Own"\n',
    expected: ['Linux', 'Linux', 'n/a', 'n/a', 'n/a'],
  },
]

for (const { name, osRelease, debianVersion = '', expected } of cases) {
  test(name, () => {
    const facts = distributionFacts(osRelease, debianVersion)
    assert.equal(
      [
        facts['os_family'],
        facts['distribution'],
        facts['distribution_version'],
        facts['distribution_major_version'],
        facts['distribution_release'],
      ],
      expected,
    )
  })
}

test('without os-release nothing is known, which is not to be taken for another distribution', () => {
  assert.equal(distributionFacts('', '12.5\n'), {})
})

test.run()

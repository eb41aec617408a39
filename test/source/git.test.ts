import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sshCommandFor } from '../../agent/source/git.ts'

test('ssh never asks and never trusts an unknown host', () => {
  for (const command of [sshCommandFor(false), sshCommandFor(true)]) {
    assert.match(command, / -oBatchMode=yes /)
    assert.match(command, / -oStrictHostKeyChecking=yes /)
  }
})

test('a deploy key is the only key that is offered', () => {
  assert.match(sshCommandFor(true), / -oIdentitiesOnly=yes -i \/etc\/evenkeel\/deploy_key$/)
  assert.not.match(sshCommandFor(false), /-i |IdentitiesOnly/)
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { iptables } from '../../../agent/resources/iptables/iptables.ts'
import { readTable } from '../../../agent/resources/iptables/read-table.ts'
import { loadInScratch } from '../../../agent/resources/iptables/scratch.ts'
import type { ScratchChain } from '../../../agent/resources/iptables/scratch.ts'
import { LocalError } from '../../../agent/system/errors.ts'
import type { RunResult } from '../../../agent/system/system.ts'
import { fakeSystem } from '../../fake-system.ts'

const place = { file: 'roles/x/tasks/main.yml', line: 3, key: 'iptables' }
const scratch: ScratchChain = {
  family: 'ipv4',
  table: 'filter',
  chain: 'X',
  parent: 'INPUT',
  rules: [],
  others: [],
}

function answers(result: Partial<RunResult>) {
  const ended = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '', ...result }
  return { run: async () => ended }
}

async function failure(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, LocalError)
  return String(error)
}

test('a table that iptables can not show is an error that says what to do', async () => {
  const stdout = "# Table `filter' is incompatible, use 'nft' tool.\n"
  const message = await failure(readTable('ipv6', 'filter', answers({ stdout })))
  assert.match(message, /filter \(ipv6\) holds rules made by nft .*: nft list table ip6 filter$/)
})

test('iptables-save that fails is an error with its word', async () => {
  const message = await failure(
    readTable('ipv4', 'filter', answers({ code: 4, stderr: 'Could not fetch rule set\n' })),
  )
  assert.match(message, /iptables-save -t filter failed: Could not fetch rule set$/)
})

test('a node without namespaces is at fault, not the rules', async () => {
  const stderr = 'unshare: unshare failed: Operation not permitted\n'
  assert.match(
    await failure(loadInScratch(scratch, answers({ code: 1, stderr }))),
    /network namespace: unshare: unshare failed: Operation not permitted$/,
  )
})

test('a trial that hangs, or finds no iptables, is no verdict on the rules', async () => {
  assert.match(
    await failure(loadInScratch(scratch, answers({ code: null, timedOut: true }))),
    /in time/,
  )
  const stderr = 'sh: 1: iptables-restore: not found\n'
  assert.match(await failure(loadInScratch(scratch, answers({ code: 127, stderr }))), /not found$/)
})

test('before iptables is installed the drift is shown in the words of the task', async () => {
  const system = {
    ...fakeSystem({}),
    run: () => Promise.reject(new LocalError('iptables-save is not installed')),
  }
  const spec = iptables.parse({ chain: 'X', family: 'ipv4', rules: ['-p 112 -j ACCEPT'] }, place)
  const state = await iptables.observe(spec, system)
  assert.is(iptables.diff(spec, state)[0]?.after, '-p 112 -j ACCEPT\n')
  assert.equal(iptables.notes?.(spec, state), [
    'iptables is not installed yet, so the rules are not tried',
  ])
  await iptables.check?.(spec, place, system)
  assert.match(
    await failure(iptables.apply(spec, [], state, system)),
    /iptables-save is not installed/,
  )
})

test('a family that the kernel lacks is a remark', async () => {
  const commands = { 'iptables-save -t filter': {}, [`unshare --net sh -c ${script}`]: {} }
  const spec = iptables.parse({ chain: 'X' }, place)
  const state = await iptables.observe(spec, fakeSystem({ commands }))
  assert.equal(iptables.notes?.(spec, state), ['this kernel has no ipv6; its rules are left out'])
})

const script = 'iptables-restore -w 5 && iptables-save -t "$0" filter'

test.run()

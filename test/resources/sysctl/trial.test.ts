import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tryNetworkKeys } from '../../../agent/resources/sysctl/trial.ts'
import type { System } from '../../../agent/system/system.ts'

const first = 'fault No such file or directory\n'

for (const [name, answer, fault] of [
  ['a key that keeps the value passes', 'value 1 \n', null],
  ['a value with tabs is the same', 'value 1\t2\n', null],
  ['a value that the kernel rejects', 'fault Invalid argument\n', /does not take "1": Invalid arg/],
  ['a value that the kernel changes', 'value 2\n', /makes "2" of "1"/],
  ['a key of the whole machine is not judged', 'fault Permission denied\n', null],
  ['a key that is not in the namespace is not judged', 'fault No such file or directory\n', null],
  ['an answer that is not there is not judged', '', null],
] as const) {
  test(name, async () => {
    const value = name.includes('tabs') ? '1 2' : '1'
    const faults = await tryNetworkKeys(new Map([['net/x', value]]), system(0, first + answer))
    if (fault === null) assert.is(faults.size, 0)
    else assert.match(faults.get('net/x') ?? '', fault)
  })
}

test('where namespaces are refused nothing is judged', async () => {
  const faults = await tryNetworkKeys(
    new Map([['net/x', '1']]),
    system(1, `${first}fault Invalid argument\n`),
  )
  assert.is(faults.size, 0)
})

test('keys of other subsystems are not tried, since no namespace holds them', async () => {
  const system = { readFile: async () => null, run: () => Promise.reject(new Error('was run')) }
  assert.is((await tryNetworkKeys(new Map([['vm/swappiness', 'x']]), system)).size, 0)
})

test.run()

function system(code: number, stdout: string): Pick<System, 'readFile' | 'run'> {
  const ended = { code, signal: null, timedOut: false, stdout, stderr: '' }
  return { readFile: async () => null, run: async () => ended }
}

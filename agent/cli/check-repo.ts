import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../config/config.ts'
import { ownName } from '../facts/own-name.ts'
import { identify } from '../inventory/identity.ts'
import { loadInventory } from '../inventory/load.ts'
import { checkOutRelease } from '../source/check-out-release.ts'
import { findConfigTree } from '../source/config-tree.ts'
import { fetchCommit } from '../source/fetch-commit.ts'
import { refName } from '../source/source-config.ts'
import { verifyFetched } from '../source/verify-fetched.ts'
import { commitError } from '../system/errors.ts'
import type { Verb } from './verb.ts'

/**
 * `evenkeel check-repo`: fetches the config repo as a run does, into a folder that is removed again, and
 * looks this node up in it. install.sh asks this before it installs anything.
 */
export function addCheckRepo({ program, node: { paths, system } }: Verb): void {
  program
    .command('check-repo')
    .description('tell whether this node can fetch its config repo and is in it; change nothing')
    .option('--config <file>', 'read this instead of agent.yml', paths.config)
    .action(async (flags: { config: string }) => {
      const config = await loadConfig(flags.config, system)
      const folder = await mkdtemp(join(tmpdir(), 'evenkeel-check-'))
      try {
        const source = { ...config, folder }
        const fetched = await fetchCommit(source)
        const { commit, subject } = fetched
        if (config.verify !== null) {
          const { reason } = await verifyFetched(fetched, config.verify, source)
          if (reason !== null) throw commitError({ file: commit.slice(0, 8) }, reason)
        }
        const tree = await findConfigTree(await checkOutRelease(source, commit), system)
        const inventory = await loadInventory(tree.inventory, tree.root, system)
        const self = identify(inventory, { node: config.node, ...(await ownName(system)) })
        process.stdout.write(
          `${refName(config)} of ${config.repo} is at ${commit.slice(0, 8)} "${subject}", with ${self} in its inventory\n`,
        )
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
}

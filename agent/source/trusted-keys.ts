import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { trustKeys } from './trust-config.ts'
import type { TrustConfig } from './trust-config.ts'

/** The key files as they are now, or one clause that says why they can't be used. */
export type TrustedKeys =
  | { readonly digest: string; readonly fault?: never }
  | { readonly digest: null; readonly fault: string }

/**
 * Reads the key files of `verify:`. A verdict holds for as long as their digest is the same. One that is
 * missing is a fault: Git would go on without a list of revoked keys.
 */
export async function readTrustedKeys(config: TrustConfig): Promise<TrustedKeys> {
  const hash = createHash('sha256')
  for (const key of ['allowedSigners', 'revokedKeys', 'gpgKeys'] as const) {
    const file = config[key]
    if (file === null) continue
    try {
      const content = await readFile(file)
      hash.update(`${key} ${content.length}\n`).update(content)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${String(error)})`
      return { digest: null, fault: `${file} ${what} (verify.${trustKeys[key]} in agent.yml)` }
    }
  }
  return { digest: hash.digest('hex') }
}

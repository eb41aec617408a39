import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

/** Where a file is written before it takes its place: hidden, and with an ending that no `conf.d` folder includes. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.evenkeel-new`)
}

/** The name of the file that a temporary one is for; null for any other file. */
export function targetOfTemporary(name: string): string | null {
  return /^\.(.+)\.[0-9a-f]{12}\.evenkeel-new$/.exec(name)?.[1] ?? null
}

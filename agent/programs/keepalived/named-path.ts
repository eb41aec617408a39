import { parseKeepalivedBlocks } from './block.ts'
import type { KeepalivedBlock } from './block.ts'

/** Something that keepalived names by a path. */
export interface KeepalivedPath {
  /** From 1. */
  readonly line: number
  /** `vrrp_script check`, `notify_master`. */
  readonly what: string
  readonly path: string
}

/** Programs of `vrrp_script`: whether they work decides where the VIPs are. */
export function readTrackScripts(text: string, configId: string): readonly KeepalivedPath[] {
  return parseKeepalivedBlocks(text, configId)
    .filter(({ words }) => words[0] === 'vrrp_script')
    .flatMap((block) =>
      block.children
        .filter(({ words }) => words[0] === 'script')
        .flatMap((line) => toPath(line, block.words.slice(0, 2).join(' '))),
    )
}

/** Programs that are told of changes: `notify`, `notify_master` and the like. */
export function readNotifyScripts(text: string, configId: string): readonly KeepalivedPath[] {
  const kinds = /^(vrrp_instance|vrrp_sync_group|global_defs)$/
  const keywords =
    /^(notify(_master|_backup|_fault|_stop|_deleted)?|startup_script|shutdown_script)$/
  return parseKeepalivedBlocks(text, configId)
    .filter(({ words }) => kinds.test(words[0] ?? ''))
    .flatMap(({ children }) => children)
    .filter(({ words }) => keywords.test(words[0] ?? ''))
    .flatMap((line) => toPath(line, line.words[0] ?? ''))
}

/** Files of `track_file`, under its old name too. */
export function readTrackFiles(text: string, configId: string): readonly KeepalivedPath[] {
  return parseKeepalivedBlocks(text, configId)
    .filter(({ words }) => words[0] === 'track_file' || words[0] === 'vrrp_track_file')
    .flatMap((block) =>
      block.children
        .filter(({ words }) => words[0] === 'file')
        .flatMap((line) => toPath(line, `track_file ${block.words[1] ?? ''}`)),
    )
}

/** A name without a slash is looked up in PATH, by keepalived itself. */
function toPath(line: KeepalivedBlock, what: string): readonly KeepalivedPath[] {
  const path = (line.words[1] ?? '').trim().split(/\s+/)[0] ?? ''
  return path.startsWith('/') ? [{ line: line.line, what, path }] : []
}

import type { Command } from 'commander'
import type { ExitCode } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { TreeFiles } from '../system/tree-files.ts'

/** What a verb's file needs to add itself to the command line. */
export interface Verb {
  readonly program: Command
  readonly node: {
    readonly paths: Paths
    readonly system: System
    /** Reads config repos. Default: as the node's own files are read, whose links are followed in few cases. */
    readonly tree?: TreeFiles
  }
  /** Sets the exit code; 0 when never called. */
  readonly end: (code: ExitCode) => void
}

/** Options of one command. */
export interface RunOptions {
  /** Written to standard input, which is then closed. Default: no input. */
  readonly input?: string | Uint8Array
  /** Milliseconds until SIGTERM, then SIGKILL 2 s later. Default 30000. */
  readonly timeout?: number
  /** Added to the fixed environment (PATH, HOME, LC_ALL=C). */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** How a command ended. `code` is null when it was killed by a signal (then see `signal`). */
export interface RunResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  /** At most 16 MiB are kept; more is an error. */
  readonly stdout: string
  readonly stderr: string
}

/** What `lstat` tells, in the words that kinds use. */
export interface FileStat {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Permission bits, such as 0o640. */
  readonly mode: number
  /** Name, or the number as text where the node has no name for it. */
  readonly owner: string
  readonly group: string
  readonly size: number
  /** Milliseconds since the epoch, with fractions. */
  readonly mtime: number
}

/** Content, mode and owner of a file that is put in place. */
export interface FileContent {
  readonly content: Uint8Array
  readonly mode: number
  readonly owner: string
  readonly group: string
  /** When its content counts as written, in milliseconds since the epoch. Default: now. */
  readonly mtime?: number
}

/**
 * The machine, as kinds see it: the only way to it. Tests pass a fake one.
 * A function that needs a part of it asks for that part (`Pick<System, 'run'>`).
 */
export interface System {
  /**
   * Runs argv[0] (looked up in a fixed PATH) without a shell. A non-zero exit is a result, not an error.
   * @throws LocalError when the program does not exist or prints more than is kept
   */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>

  /** null when there is no such path. Does not follow links. */
  stat(path: string): Promise<FileStat | null>
  /** null when there is no such file. Follows links. */
  readFile(path: string): Promise<Uint8Array | null>
  /** Names in a folder, sorted; null when there is no such folder. */
  list(path: string): Promise<readonly string[] | null>
  /** Target of a link; null when it is no link. */
  readLink(path: string): Promise<string | null>
  /**
   * Replaces a file by rename within its folder: temp file created 0600, owner and mode set on it,
   * fsync of file and folder. Creates missing parent folders (0755 root).
   */
  writeFile(path: string, file: FileContent): Promise<void>
  setMode(path: string, mode: number): Promise<void>
  setOwner(path: string, owner: string, group: string): Promise<void>
  /** Makes missing parents too (0755 root). A folder that exists is fine. */
  makeFolder(path: string): Promise<void>
  /** Replaces a file or another link by rename. */
  makeLink(path: string, target: string): Promise<void>
  /** Removes a file, a link, or a folder that is empty. Absent is fine. */
  remove(path: string): Promise<void>
  /** Writes a file of /proc or /sys in place. @throws LocalError with the kernel's word (EINVAL, ENOENT) */
  writeKernel(path: string, value: string): Promise<void>

  /**
   * Sends one line to a unix stream socket and reads the answer until the peer closes.
   * null when nobody answers within `deadline` milliseconds (default 1000).
   */
  ask(socket: string, line: string, deadline?: number): Promise<string | null>
  /** Milliseconds since the epoch. */
  now(): number
  sleep(milliseconds: number): Promise<void>
}

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

/** Mode and owner of a path; what is left out stays as it is. */
export interface Attributes {
  /** Permission bits, such as 0o640. */
  readonly mode?: number | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** What is at a path, all of it seen of one and the same thing, however often that is replaced meanwhile. */
export interface Found {
  readonly stat: FileStat
  /** Of an ordinary file; null also when it was not read. */
  readonly content: Uint8Array | null
  /** Why an ordinary file was not read, one clause: it is too long, or may be another one than it seems. */
  readonly unread: string | null
  /** Where it leads, if it is a link. */
  readonly target: string | null
}

/** What a path has to be for a change of its attributes. */
export interface Expected {
  readonly type: 'file' | 'directory'
  /** What the file has to hold. Default: anything. */
  readonly content?: Uint8Array
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

  /**
   * The functions for files go by descriptors, so that nobody who may write to a folder on the way can lead them
   * elsewhere ({@link OpenFolder}). A link in the path is followed where it is root's and lies in a folder that
   * nobody else may write; any other is a LocalError that says what to do about it.
   * null when there is no such path. A link at the path itself is not followed.
   */
  stat(path: string): Promise<FileStat | null>
  /**
   * Attributes, content and target of one thing; null when there is no such path.
   * @param options.limit bytes that are read at most. Default: 64 MiB
   * @param options.follows a link at the path itself, if it is one of those above. Default: false
   */
  inspect(
    path: string,
    options?: { readonly limit?: number; readonly follows?: boolean },
  ): Promise<Found | null>
  /**
   * null when there is no such file. Follows a link at the path itself, if it is one of those above.
   * @param options.limit bytes. Default: 64 MiB
   * @throws LocalError when it is longer than that, no ordinary file, or has a second name (hard link) in a folder
   * that others may write
   */
  readFile(path: string, options?: { readonly limit?: number }): Promise<Uint8Array | null>
  /** Names in a folder, sorted; null when there is no such folder. */
  list(path: string): Promise<readonly string[] | null>
  /** Target of a link; null when it is no link. */
  readLink(path: string): Promise<string | null>
  /**
   * The deepest folder on the way to a path that is there and that nobody but root can replace. A program that
   * is given a path below it may find something else there than we did.
   */
  firmFolder(path: string): Promise<string>
  /**
   * Replaces a file by rename within its folder: temp file created 0600, owner and mode set on it,
   * fsync of file and folder. Creates missing parent folders (0755 root).
   */
  writeFile(path: string, file: FileContent): Promise<void>
  /**
   * Gives a file or folder other attributes, if it is what is expected; a link is not followed.
   * @returns null when done, else one clause that says why nothing was changed. A file with a second name (hard
   * link) in a folder that others may write is none to be changed, nor becomes one setuid there
   */
  setAttributes(path: string, wanted: Attributes, expected: Expected): Promise<string | null>
  /** Makes missing parents too (0755 root). A folder that exists only gets the attributes. */
  makeFolder(path: string, wanted?: Attributes): Promise<void>
  /** Replaces a file or another link by rename. @param owner default: root */
  makeLink(
    path: string,
    target: string,
    owner?: { readonly owner: string; readonly group: string },
  ): Promise<void>
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

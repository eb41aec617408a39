/** A machine as a test case describes it in JSON. Everything that is left out, or null, is not there. */
export interface Machine {
  /** By path: the text of an ordinary file, or more about it. Folders above it exist. */
  readonly files?: Readonly<Record<string, string | FakeFile | null>>
  readonly units?: Readonly<Record<string, FakeUnit>>
  /** Installed packages with dpkg's status of them. */
  readonly packages?: Readonly<Record<string, string>>
  /** Packages that the lists know, and what installing them changes. */
  readonly available?: Readonly<Record<string, Machine>>
  /** What `apt-get update` changes. */
  readonly update?: Machine
  readonly processes?: Readonly<Record<string, FakeProcess | null>>
  /** By path: the answer to each line. A socket that is not here refuses the connection. */
  readonly sockets?: Readonly<Record<string, Readonly<Record<string, string>> | null>>
  /** Answers to other commands, by their words joined with blanks; of a list each is given once, the last for ever. */
  readonly commands?: Readonly<Record<string, FakeAnswer | readonly FakeAnswer[]>>
  /** As a change: milliseconds until it happens. */
  readonly delay?: number
}

export interface FakeFile {
  readonly type?: 'file' | 'directory' | 'link' | 'other'
  readonly content?: string
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
  /** `2024-01-01T12:00:00Z`, which is the clock's start less 12 hours by default. */
  readonly mtime?: string
  readonly target?: string
}

/** Properties as `systemctl show` prints them, and what its verbs change on the machine. */
export interface FakeUnit {
  readonly properties?: Readonly<Record<string, string>>
  readonly onStart?: Machine
  readonly onReload?: Machine
  readonly onRestart?: Machine
  /** Verbs that fail, with what systemctl prints. */
  readonly fails?: Readonly<Record<string, string>>
}

export interface FakeProcess {
  readonly exe: string
  readonly argv: readonly string[]
  readonly cgroup: string
  /** TCP ports. */
  readonly listens?: readonly number[]
  /** Namespaces; those of the agent are `net:[1]` and `pid:[1]`. */
  readonly net?: string
  readonly pid?: string
  /** Signals that do not end it. */
  readonly ignores?: readonly string[]
  readonly onExit?: Machine
}

export interface FakeAnswer {
  readonly code?: number
  readonly stdout?: string
  readonly stderr?: string
  readonly timedOut?: boolean
  /** It only reads: not among the things that were done. */
  readonly reads?: boolean
  readonly then?: Machine | readonly Machine[]
}

/** The machine after a change, whose entries are added or take the place of others. */
export function changeMachine(machine: Machine, change: Machine): Machine {
  return {
    files: { ...machine.files, ...change.files },
    units: { ...machine.units, ...change.units },
    packages: { ...machine.packages, ...change.packages },
    available: { ...machine.available, ...change.available },
    update: change.update ?? machine.update ?? {},
    processes: { ...machine.processes, ...change.processes },
    sockets: { ...machine.sockets, ...change.sockets },
    commands: { ...machine.commands, ...change.commands },
  }
}

/** What a machine is unless it says otherwise: a Debian. */
export const debianFiles: Readonly<Record<string, string>> = {
  '/etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
}

/** What /proc shows of the processes. */
export function procFiles(machine: Machine): Readonly<Record<string, FakeFile>> {
  const files: Record<string, FakeFile> = {
    '/proc/self/ns/net': { type: 'link', target: 'net:[1]' },
    '/proc/self/ns/pid': { type: 'link', target: 'pid:[1]' },
  }
  const sockets: string[] = []
  for (const [pid, process] of Object.entries(machine.processes ?? {})) {
    if (process === null) continue
    const folder = `/proc/${pid}`
    files[`${folder}/exe`] = { type: 'link', target: process.exe }
    files[`${folder}/cmdline`] = { content: `${process.argv.join('\0')}\0` }
    files[`${folder}/cgroup`] = { content: `0::${process.cgroup}\n` }
    files[`${folder}/ns/net`] = { type: 'link', target: process.net ?? 'net:[1]' }
    files[`${folder}/ns/pid`] = { type: 'link', target: process.pid ?? 'pid:[1]' }
    files[`${folder}/fd/0`] = { type: 'link', target: '/dev/null' }
    for (const port of process.listens ?? []) {
      const inode = `${pid}${port}`
      files[`${folder}/fd/${port}`] = { type: 'link', target: `socket:[${inode}]` }
      const hex = port.toString(16).toUpperCase().padStart(4, '0')
      sockets.push(
        `0: 00000000:${hex} 00000000:0000 0A 00000000:00000000 00:00000000 0 0 0 ${inode}`,
      )
    }
  }
  files['/proc/self/net/tcp'] = { content: ['  sl  local_address …', ...sockets, ''].join('\n') }
  return files
}

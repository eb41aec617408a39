import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** How a command in a node ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A script that goes on in a node. */
export interface Started {
  /** Writes to its stdin. */
  say(text: string): void
  stop(): Promise<string>
}

/** Real nodes for one test file, on a bridge of their own (test/lab/lab). */
export interface Lab {
  /** Runs a command in a node. */
  exec(node: string, ...argv: readonly string[]): Ended
  /** Runs a shell script in a node and returns its output. @throws Error when it fails */
  sh(node: string, script: string): string
  /**
   * Starts a script in a node that goes on until its stdin ends, which `stop` does; gives what it printed.
   * A signal would not do: the lab's commands die with the process that gave them.
   * @param onLine told each line of its output at once
   */
  start(node: string, script: string, onLine?: (line: string) => void): Started
  push(node: string, source: string, target: string): void
  address(name: string): string
  /** Pushes HEAD of a Git work tree to a repo of the node `git`. */
  pushRepo(name: string, folder: string): void
  command(...words: readonly string[]): string
  /** Ends every node and removes all that was made. */
  down(): void
}

const root = join(import.meta.dirname, '../..')
const program = join(import.meta.dirname, 'lab')
/** 20 min for one command of the lab: the first ever builds an image, as long as test/run has not done so. */
export const labTimeout = 20 * 60_000

/** Boots nodes. @param words flags of `lab up` */
export function bootLab(...words: readonly string[]): Lab {
  // Short, since interfaces carry it; unique, since files may run side by side.
  const id = `t${process.pid.toString(36)}`
  const env = { ...process.env, EVENKEEL_LAB: id }
  const call = (argv: readonly string[]): Ended => {
    const { status, stdout, stderr } = spawnSync(program, argv, {
      env,
      timeout: labTimeout,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return { code: status, stdout, stderr }
  }
  const command = (...argv: readonly string[]): string => {
    const { code, stdout, stderr } = call(argv)
    if (code !== 0) throw new Error(`lab ${argv.join(' ')}: ${code}\n${stderr}${stdout}`)
    return stdout.trim()
  }
  const down = (): void => {
    call(['down'])
  }
  // A test that breaks off must not leave nodes behind.
  process.on('exit', down)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))
  command('up', ...words)

  return {
    command,
    down,
    exec: (node, ...argv) => call(['exec', node, '--', ...argv]),
    sh(node, script) {
      const { code, stdout, stderr } = call(['exec', node, '--', 'sh', '-c', script])
      if (code !== 0) throw new Error(`${node}: ${script}\n${code}: ${stderr}${stdout}`)
      return stdout.trim()
    },
    start(node, script, onLine) {
      const argv = ['exec', node, '--', 'sh', '-c', script]
      const child = spawn(program, argv, { env, stdio: ['pipe', 'pipe', 'inherit'] })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine)
      const ended = new Promise<string>((resolve) => child.on('close', () => resolve(output)))
      return {
        say: (text) => void child.stdin.write(text),
        stop() {
          child.stdin.end()
          return ended
        },
      }
    },
    push: (node, source, target) => void command('push', node, source, target),
    address: (name) => command('address', name),
    pushRepo: (name, folder) => void command('push-repo', name, folder),
  }
}

/** What a node needs of this project, apart from roles/. */
const shipped = ['dist/node', 'dist/evenkeel.mjs', 'dist/built', 'install.sh']

/** Where {@link pushProgram} puts it. */
export const programFolder = '/root/evenkeel'

/** Copies to a node what its users copy there. @param from a built checkout. Default: this one */
export function pushProgram(lab: Lab, node: string, from = root): void {
  for (const file of shipped) lab.push(node, join(from, file), `${programFolder}/${file}`)
  lab.push(node, join(from, 'roles'), `${programFolder}/roles`)
}

/**
 * Installs nodes with install.sh, side by side. They don't converge yet and have no schedule: a test says
 * when a run is. The config repo must have them in its inventory by then.
 * @param from a built checkout. Default: this one
 */
export async function installNodes(
  lab: Lab,
  nodes: readonly string[],
  url: string,
  from = root,
): Promise<void> {
  const install = async (node: string): Promise<void> => {
    pushProgram(lab, node, from)
    const command = `${programFolder}/install.sh --repo ${url} --node ${node} --no-start`
    const said = await lab.start(node, `${command} 2>&1 || echo "ended with $?"`).stop()
    if (/^ended with/m.test(said)) throw new Error(`${command} ${said}`)
  }
  await Promise.all(nodes.map(install))
}

/** Puts the runtime alone on a node that sends or answers requests: /root/node. */
export function pushRuntime(lab: Lab, node: string): void {
  lab.push(node, join(root, 'dist/node'), '/root/node')
}

/** Makes a node pull from another repo than it was installed with. */
export function configureAgent(lab: Lab, node: string, url: string): void {
  lab.sh(node, `printf 'repo: %s\\nnode: %s\\n' '${url}' '${node}' > /etc/evenkeel/agent.yml`)
}

/** What `evenkeel … --json` printed. */
export interface JsonReport {
  readonly outcome: string
  readonly exitCode: number
  readonly message: string
  readonly commit: string | null
  readonly results: readonly {
    readonly resource: string
    readonly type: string
    readonly status: string
    readonly changes: readonly { field: string; before: string | null; after: string | null }[]
  }[]
}

/** Runs the agent on a node and reads its JSON. */
export function evenkeel(lab: Lab, node: string, ...words: readonly string[]): JsonReport {
  const { code, stdout, stderr } = lab.exec(node, 'evenkeel', ...words, '--json')
  try {
    return JSON.parse(stdout) as JsonReport
  } catch {
    throw new Error(
      `evenkeel ${words.join(' ')} ended with ${code} and printed\n${stdout}${stderr}`,
    )
  }
}

/** Resources of a report that changed, with the fields of their changes. */
export function changed(report: JsonReport): Record<string, readonly string[]> {
  const results = report.results.filter(({ status }) => status === 'changed')
  return Object.fromEntries(
    results.map(({ resource, changes }) => [resource, changes.map(({ field }) => field)]),
  )
}

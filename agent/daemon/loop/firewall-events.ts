import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * The kernel tells of each change of its rules (nfnetlink), and iptables has a program that prints that, a line a
 * rule: `EVENT: -4 -t filter -D EVENKEEL-IN -i lo -j ACCEPT`. It costs 2 MB and no CPU while nothing happens;
 * asking every few seconds would cost a process each time. stdbuf: it would keep its lines until it has 4 KB of
 * them. setpriv: it ends with us, whatever ends us.
 */
const command = 'setpriv --pdeathsig TERM stdbuf -oL xtables-monitor --event'
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

/** Milliseconds until it is started again: it may come with a package. */
const restart = 60_000

export interface FirewallEvents {
  stop(): void
}

/**
 * Follows the changes of the firewall, by any program.
 * @param onLine called with each
 * @param onEnd nothing is heard for a minute, for this reason; null: it hears again, and what came before may have
 * been missed
 * @param argv tests have another program
 */
export function followFirewall(
  onLine: (line: string) => void,
  onEnd: (reason: string | null) => void,
  argv: readonly string[] = command.split(' '),
): FirewallEvents {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let end = start()

  function start(): () => void {
    const [program = '', ...words] = argv
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-200)))
    createInterface({ input: child.stdout }).on('line', onLine)
    child.on('spawn', () => onEnd(null))
    child.on('error', ({ message }) => again(message))
    child.on('close', (code) => again(said.trim() || `${argv.at(-2)} ended with ${code}`))
    return () => void child.kill()
  }

  function again(reason: string): void {
    if (isOver || timer !== undefined) return
    onEnd(reason)
    timer = setTimeout(() => {
      timer = undefined
      end = start()
    }, restart)
  }

  return {
    stop() {
      isOver = true
      clearTimeout(timer)
      end()
    },
  }
}

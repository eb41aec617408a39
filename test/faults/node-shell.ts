import type { Lab } from '../lab/lab.ts'

/** A shell in a node that stays open: a script starts in it at once, and many cost little. */
export interface NodeShell {
  /** Runs a script and gives its output. @throws Error when it fails */
  run(script: string): Promise<string>
  close(): Promise<void>
}

/** Milliseconds for one script. */
const timeout = 90_000
/** No script prints a line that starts so. */
const mark = '\u0001ended '

/** @param prelude functions that every script may call */
export function openShell(lab: Lab, node: string, prelude = ''): NodeShell {
  const waiting: { readonly script: string; readonly end: (result: Error | string) => void }[] = []
  let lines: string[] = []
  const shell = lab.start(node, 'exec sh', (line) => {
    if (!line.startsWith(mark)) {
      lines.push(line)
      return
    }
    const [text, code] = [lines.join('\n'), line.slice(mark.length)]
    lines = []
    const run = waiting.shift()
    const failed = new Error(`${node}: ${run?.script} ended with ${code}\n${text}`)
    run?.end(code === '0' ? text : failed)
  })
  shell.say(`${prelude}\n`)
  return {
    run: (script) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new Error(`${node}: ${script} did not end in ${timeout / 1000} s`))
        }, timeout)
        const end = (result: Error | string): void => {
          clearTimeout(late)
          if (typeof result === 'string') resolve(result)
          else reject(result)
        }
        waiting.push({ script, end })
        shell.say(`( :\n${script}\n) < /dev/null 2>&1; printf '\\n${mark}%s\\n' $?\n`)
      }),
    close: async () => void (await shell.stop()),
  }
}

import type { System } from '../../system/system.ts'
import { normaliseValue } from './key.ts'

/** Answers each pair of lines (path, value) with a line: the kernel's word, or the value as it reads. */
const script = `
while IFS= read -r path && IFS= read -r value; do
  fault=$(printf '%s\\n' "$value" | tee "/proc/sys/$path" 2>&1 >/dev/null)
  if [ -n "$fault" ]; then echo "fault \${fault##*: }"
  else echo "value $(tr '\\n' ' ' <"/proc/sys/$path")"
  fi
done`

/**
 * ip_local_port_range must begin above it, so a trial starts from what the node has:
 * Documentation/networking/ip-sysctl.rst
 */
const portStart = 'net/ipv4/ip_unprivileged_port_start'

/**
 * Writes network keys in a network namespace of their own, where nothing can come of it: about
 * 5 ms a key. Keys that a new namespace does not have, or does not let anyone write because they
 * are of the whole machine (Linux 5.13 and later), can't be tried so. Nor can anything where namespaces
 * are refused.
 * @param settings value by path below /proc/sys
 * @returns a clause for each key whose value the kernel rejects or changes
 */
export async function tryNetworkKeys(
  settings: ReadonlyMap<string, string>,
  system: Pick<System, 'readFile' | 'run'>,
): Promise<ReadonlyMap<string, string>> {
  const tried = [...settings].filter(([path]) => path.startsWith('net/'))
  if (tried.length === 0) return new Map()
  const start = await system.readFile(`/proc/sys/${portStart}`)
  const first = new TextDecoder().decode(start ?? new Uint8Array()).trim()
  const input = [[portStart, first], ...tried]
    .map(([path, value]) => `${path}\n${value}\n`)
    .join('')
  const result = await system.run(['unshare', '--net', 'sh', '-c', script], { input })
  if (result.code !== 0) return new Map()
  const answers = result.stdout.split('\n').slice(1)
  const faults = new Map<string, string>()
  for (const [index, [path, value]] of tried.entries()) {
    const fault = judge(value, answers[index] ?? '')
    if (fault !== null) faults.set(path, fault)
  }
  return faults
}

function judge(value: string, answer: string): string | null {
  const [, kind, text = ''] = /^(fault|value) (.*)$/.exec(answer) ?? []
  if (kind === 'fault') {
    const isUntried = /^(No such file|Permission denied|Operation not permitted)/.test(text)
    return isUntried ? null : `the kernel does not take "${value}": ${text}`
  }
  const kept = normaliseValue(text)
  if (kind === undefined || kept === value) return null
  return `the kernel makes "${kept}" of "${value}"; write what it keeps, or each run finds drift`
}

import { readNotifyScripts, readTrackScripts } from '../../../programs/keepalived/named-path.ts'
import type { KeepalivedPath } from '../../../programs/keepalived/named-path.ts'
import { keepalivedConfigPath } from '../../desired/keepalived-desired.ts'
import type { Finding } from '../../finding.ts'
import { interpreterOf } from '../node-path.ts'
import type { NodeView } from '../node-view.ts'
import { keepalivedConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import type { Wanted } from '../wanted.ts'
import { configIdOf, wantedKeepalived } from './keepalived-track-folder.ts'

/**
 * A script that can't be started. keepalived counts it as a success ("script errors aren't server
 * errors"), so the VIP stays where haproxy is dead. `-t` of 2.2 and 2.3 finds a track script that is
 * missing or insecure, not one without its x bit or its interpreter, and nothing of notify scripts.
 */
export const keepalivedScriptFails: NodeRule = {
  id: 'keepalived-script-fails',
  concerns: keepalivedConcerns,
  paths(wanted) {
    const scripts = [...tracking(wanted), ...notifying(wanted)].map(({ path }) => path)
    const interpreters = scripts.map((path) => interpreterOf(wanted.files.get(path)?.text ?? ''))
    return [...scripts, ...interpreters.filter((path) => path !== null)]
  },
  check: (wanted, node) => [
    ...tracking(wanted).flatMap((script) =>
      judge(
        script,
        'error',
        'keepalived would take it for healthy and keep the VIPs',
        wanted,
        node,
      ),
    ),
    ...notifying(wanted).flatMap((script) =>
      judge(script, 'warning', 'keepalived would run on without it', wanted, node),
    ),
  ],
}

function judge(
  { line, what, path }: KeepalivedPath,
  level: Finding['level'],
  effect: string,
  wanted: Wanted,
  node: NodeView,
): readonly Finding[] {
  const fault = findFault(path, wanted, node)
  const config = wantedKeepalived(wanted)
  if (fault === null || config === null) return []
  const script = wanted.files.get(path)
  return [
    {
      rule: keepalivedScriptFails.id,
      level,
      place: script?.place ?? config.place,
      message: `${keepalivedConfigPath}:${line} ${what}: ${path} ${fault.what}: ${effect}; ${fault.advice}`,
    },
  ]
}

function findFault(
  path: string,
  wanted: Wanted,
  node: NodeView,
): { readonly what: string; readonly advice: string } | null {
  const file = wanted.files.get(path)
  const found = node.paths.get(path) ?? null
  const mode = file?.mode ?? found?.mode
  if (mode === undefined) return { what: 'does not exist', advice: 'install it by a task' }
  if (file === undefined && found?.type !== 'file') {
    return { what: 'is not a file', advice: 'name a program' }
  }
  // Root may start a file that anybody may start
  if ((mode & 0o111) === 0) {
    return { what: 'is not executable', advice: "give it mode '0755'" }
  }
  const interpreter = file === undefined ? found?.interpreter : interpreterOf(file.text)
  if (interpreter === null || interpreter === undefined) return null
  if (wanted.files.has(interpreter) || node.paths.get(interpreter)) return null
  return {
    what: `needs ${interpreter}, which does not exist`,
    advice: 'install that, or change the first line of the script',
  }
}

function tracking(wanted: Wanted): readonly KeepalivedPath[] {
  const config = wantedKeepalived(wanted)
  return config === null ? [] : readTrackScripts(config.text, configIdOf(wanted))
}

function notifying(wanted: Wanted): readonly KeepalivedPath[] {
  const config = wantedKeepalived(wanted)
  return config === null ? [] : readNotifyScripts(config.text, configIdOf(wanted))
}

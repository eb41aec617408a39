import { join, relative } from 'node:path'
import { warnAt } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { CommitError, commitError } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import { readHostsFile } from './hosts-file.ts'
import type { HostsFile } from './hosts-file.ts'
import type { Group, Host, Inventory, Vars } from './inventory.ts'
import { hostsOf } from './membership.ts'
import { linkGroups } from './tree.ts'
import type { Tree } from './tree.ts'
import { ignored, isRead, readSource, readVarsFiles } from './vars-files.ts'
import type { Files, VarsFiles } from './vars-files.ts'

const hostsFiles = ['hosts.yml', 'hosts.yaml']
const varsFolders = ['group_vars', 'host_vars']

/**
 * Reads an inventory as Ansible does: hosts.yml (or .yaml), group_vars/ and host_vars/ beside it.
 * @param folder absolute path of the inventory folder
 * @param root absolute path of the config repo; places show paths relative to it
 * @throws CommitError with every problem of every file
 */
export async function loadInventory(
  folder: string,
  root: string,
  files: Files,
): Promise<Inventory> {
  const shown = relative(root, folder)
  const names = (await files.list(folder)) ?? []
  const name = pickHostsFile(names, shown)
  const file = join(shown, name)
  const problems: Problem[] = []
  const source = await readSource(join(folder, name), file, files, problems)
  if (source === null) throw new CommitError(problems)
  if (source.value === null)
    throw commitError({ file }, 'the inventory is empty: add all: with hosts')

  const parsed = readHostsFile(source)
  const tree = linkGroups(parsed, source)
  const read = (kind: 'group' | 'host', of: Iterable<string>): Promise<VarsFiles> =>
    readVarsFiles(join(folder, `${kind}_vars`), join(shown, `${kind}_vars`), kind, of, files)
  const groupVars = await read('group', parsed.groups.keys())
  const hostVars = await read('host', parsed.hosts.keys())
  problems.push(...parsed.problems, ...tree.problems, ...groupVars.problems, ...hostVars.problems)
  if (problems.length > 0) throw new CommitError(problems)

  const groups = assembleGroups(parsed, tree, groupVars.vars)
  return {
    file,
    groups,
    hosts: hostsOf({ groups }, 'all'),
    hostByName: assembleHosts(parsed, hostVars.vars),
    warnings: [
      ...strayFiles(
        names.filter((other) => other !== name),
        shown,
      ),
      ...strayFolders((await files.list(root)) ?? [], shown),
      ...sharedNames(parsed, file),
      ...groupVars.warnings,
      ...priorityInFiles(groups),
      ...hostVars.warnings,
    ],
  }
}

function pickHostsFile(names: readonly string[], shown: string): string {
  const [found, second] = hostsFiles.filter((name) => names.includes(name))
  if (found !== undefined && second === undefined) return found
  if (second !== undefined) {
    throw commitError({ file: join(shown, second) }, `there is a ${found} too: keep one of them`)
  }
  const other = names.find((name) => /^(?:hosts|inventory)(?:\.ini)?$/.test(name))
  const hint =
    other === undefined
      ? 'the inventory is missing; write this file'
      : `the inventory is missing; make it from ${other}: ansible-inventory -i ${join(shown, other)} --list --yaml --output ${join(shown, 'hosts.yml')}`
  throw commitError({ file: join(shown, 'hosts.yml') }, hint)
}

function assembleGroups(
  parsed: HostsFile,
  tree: Tree,
  files: ReadonlyMap<string, Vars>,
): ReadonlyMap<string, Group> {
  return new Map(
    [...parsed.groups.values()].map((draft) => [
      draft.name,
      {
        name: draft.name,
        hosts: [...draft.hosts],
        children: [...draft.children.keys()],
        parents: tree.parents.get(draft.name) ?? [],
        depth: tree.depths.get(draft.name) ?? 0,
        priority: draft.priority,
        inline: draft.vars,
        files: files.get(draft.name) ?? new Map(),
      },
    ]),
  )
}

function assembleHosts(
  parsed: HostsFile,
  files: ReadonlyMap<string, Vars>,
): ReadonlyMap<string, Host> {
  return new Map(
    [...parsed.hosts].map(([name, inline]) => [
      name,
      { name, inline, files: files.get(name) ?? new Map() },
    ]),
  )
}

/** With a folder, Ansible reads every inventory in it; here it is one file. */
function strayFiles(names: readonly string[], shown: string): readonly Warning[] {
  return names
    .filter((name) => isRead(name) && /(?:\.ya?ml|\.ini|^hosts)$/.test(name))
    .map((name) =>
      ignored(
        join(shown, name),
        'not read: the inventory is hosts.yml, group_vars/ and host_vars/',
      ),
    )
}

/** Ansible also reads these folders beside a playbook; there is no playbook here. */
function strayFolders(names: readonly string[], shown: string): readonly Warning[] {
  return names
    .filter((name) => shown !== '' && varsFolders.includes(name))
    .map((name) => ignored(name, `not read: move it to ${join(shown, name)}`))
}

function sharedNames(parsed: HostsFile, file: string): readonly Warning[] {
  return [...parsed.hosts.keys()]
    .filter((name) => parsed.groups.has(name))
    .map((name) =>
      warnAt('inventory-shared-name', {
        place: { file, key: name },
        message: 'the name of a host and of a group: variables written here may go to the group',
      }),
    )
}

function priorityInFiles(groups: ReadonlyMap<string, Group>): readonly Warning[] {
  return [...groups.values()].flatMap((group) => {
    const variable = group.files.get('ansible_group_priority')
    const message = 'no effect in group_vars: set it below the vars of the group in hosts.yml'
    if (variable === undefined) return []
    return [warnAt('inventory-priority-ignored', { place: variable.place([]), message })]
  })
}

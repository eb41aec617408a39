import { dirname, join } from 'node:path'
import type { FileWrite } from '../resources/kind.ts'
import type { RunResult, System } from '../system/system.ts'

/** The files of a run before they are put in place, and a way to try commands on the node as it would be. */
export interface Stage {
  /**
   * Runs a command in a mount namespace of its own where the staged files lie over the real ones. Where
   * the kernel refuses that, it sees the real ones: then only single files can be judged, at `path`.
   */
  run(argv: readonly string[]): Promise<RunResult>
  /** Whether the node can overlay; if not, commands see the real files and `path` leads to staged ones. */
  readonly isOverlaid: boolean
  /** Where a staged file is found by a command that `run` runs. */
  path(file: string): string
  dispose(): Promise<void>
}

/** A validator that hangs must not hold up a run for long: haproxy -c takes 60 ms, 200 backends 300 ms. */
const validatorTimeout = 30_000

/**
 * Mounts, for each folder in turn, the staged one over the real one (read only: an overlay without an
 * upper folder), then becomes the command. Arguments: stage, folders, `--`, command.
 */
const overlayScript = `
set -e
stage=$1; shift
while [ "$1" != -- ]; do
  mount -t overlay -o "ro,lowerdir=$stage$1:$1" overlay "$1"
  shift
done
shift
exec "$@"
`

/**
 * Writes files to a tree of their own below `folder`, with their owners and modes; a removed file becomes
 * a whiteout.
 */
export async function createStage(
  files: readonly FileWrite[],
  folder: string,
  system: System,
): Promise<Stage> {
  const tree = join(folder, 'tree')
  await discardStage(folder, system)
  await system.makeFolder(folder, { mode: 0o700 })
  for (const file of files) {
    const path = join(tree, file.path)
    if (file.content === null) await whiteOut(path, system)
    else await system.writeFile(path, { ...file, content: file.content })
  }
  const folders = await overlaidFolders(files, system)
  const inNamespace = (argv: readonly string[]): readonly string[] => [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    overlayScript,
    'sh',
    tree,
    ...folders,
    '--',
    ...argv,
  ]
  const trial = await system.run(inNamespace(['true']))
  const isOverlaid = trial.code === 0
  return {
    isOverlaid,
    path: (file) => (isOverlaid ? file : join(tree, file)),
    run: (argv) => system.run(isOverlaid ? inNamespace(argv) : argv, { timeout: validatorTimeout }),
    dispose: () => discardStage(folder, system),
  }
}

/**
 * The folders to lay over: as deep as they exist, so that a validator still writes its logs elsewhere,
 * and no file system mounted further down is hidden; none inside another. Where somebody else could put a link in
 * the place of a folder, it is laid over the one above: a validator then finds the staged file in any case.
 */
async function overlaidFolders(
  files: readonly FileWrite[],
  system: Pick<System, 'firmFolder'>,
): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const { path } of files) found.add(await system.firmFolder(dirname(path)))
  return [...found].filter(
    (folder) =>
      ![...found].some(
        (other) => folder.startsWith(other === '/' ? '/' : `${other}/`) && folder !== other,
      ),
  )
}

async function whiteOut(path: string, system: System): Promise<void> {
  await system.makeFolder(join(path, '..'))
  // Overlayfs' mark for "not there": a character device 0/0.
  await system.run(['mknod', path, 'c', '0', '0'])
}

/** Also what a run that was killed has left. */
export async function discardStage(folder: string, system: Pick<System, 'run'>): Promise<void> {
  await system.run(['rm', '-rf', '--', folder])
}

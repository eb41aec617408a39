import { LocalError } from '../../system/errors.ts'
import type { RunOptions, RunResult, System } from '../../system/system.ts'
import { explainApt } from './apt-error.ts'
import { readDpkgStatus } from './dpkg-status.ts'
import { hasLeftover, installing, restorePolicy, withoutServiceStarts } from './policy-rc.ts'
import type { PackageProvider } from './provider.ts'

/** Debian and Ubuntu. */
export const apt: PackageProvider = {
  name: 'apt',
  serves: ({ os_family: family }) => family === 'Debian',
  isHere: async (system) => (await system.stat('/var/lib/dpkg/status')) !== null,
  /** Debian Policy, 5.6.1. */
  isName: (name) => /^[a-z0-9][a-z0-9+.-]+$/.test(name),

  async readStatus(name, system) {
    const found = await readDpkgStatus(name, system)
    return found === 'config-files' ? null : found
  },

  install: (names, system) => withoutServiceStarts(system, () => installPackages(names, system)),
  remove: (names, system) => withoutServiceStarts(system, () => removePackages(names, system)),

  async findLeftover(system) {
    if (!(await hasLeftover(system))) return null
    const note = 'left by an interrupted installation'
    return { field: 'policy-rc.d', before: 'present', after: null, note }
  },

  clean: restorePolicy,
}

type Run = Pick<System, 'run'>

/** 10 minutes: a slow mirror and a slow disk together. */
const timeout = 600_000

const options: RunOptions = {
  timeout,
  env: {
    DEBIAN_FRONTEND: 'noninteractive',
    APT_LISTCHANGES_FRONTEND: 'none',
    // needrestart (Ubuntu) restarts services by itself after an installation
    NEEDRESTART_SUSPEND: '1',
  },
}

/** For a time in which {@link installing} keeps services from being started. */
const quietly: RunOptions = { ...options, env: { ...options.env, ...installing } }

/** Waits a minute for another program's lock, and keeps configuration files that somebody has edited. */
const flags = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Dpkg::Options::=--force-confold']

/**
 * The lists are updated only if a package is unknown or can't be downloaded; an installation that a crash
 * interrupted is finished first.
 */
async function installPackages(names: readonly string[], system: Run): Promise<void> {
  const argv = ['apt-get', 'install', '--no-install-recommends', ...flags, '--', ...names]
  const result = await runRepaired(argv, quietly, system)
  if (result.code === 0) return
  if (!hasStaleLists(result)) throw new LocalError(explainApt(names, result))
  // Ends with 0 when it could not reach a mirror; what it says then explains a second failure
  const update = await system.run(['apt-get', 'update', '-q'], options)
  const again = await system.run(argv, quietly)
  if (again.code === 0) return
  throw new LocalError(explainApt(names, { ...again, stderr: update.stderr + again.stderr }))
}

/** Their services end with them. */
async function removePackages(names: readonly string[], system: Run): Promise<void> {
  const result = await runRepaired(['apt-get', 'remove', ...flags, '--', ...names], options, system)
  if (result.code !== 0) throw new LocalError(explainApt(names, result))
}

async function runRepaired(
  argv: readonly string[],
  given: RunOptions,
  system: Run,
): Promise<RunResult> {
  const result = await system.run(argv, given)
  if (!result.stderr.includes('dpkg was interrupted')) return result
  // What was unpacked may be ours: not even for a removal does it start here
  await system.run(['dpkg', '--configure', '-a', '--force-confold'], quietly)
  return system.run(argv, given)
}

function hasStaleLists({ stderr }: RunResult): boolean {
  return /Unable to locate|no installation candidate|Unable to fetch|Failed to fetch/.test(stderr)
}

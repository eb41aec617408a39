import { spawnSync } from 'node:child_process'
import { env, execPath, exit, getuid } from 'node:process'
import { fileURLToPath } from 'node:url'

const flag = 'EVENKEEL_TEST_NAMESPACE'

/**
 * Goes on in a copy of this test file that has a network and a mount namespace of its own and is root
 * there: it can load firewall rules, write net.* keys and mount over /etc without touching this machine.
 * To be called before the first test; returns in the copy only.
 * @param url import.meta.url of the test file
 */
export function enterNamespace(url: string): void {
  if (env[flag] === '1') return
  const user = getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const argv = ['--net', '--mount', ...user, execPath, '--import', 'tsx', fileURLToPath(url)]
  const { status } = spawnSync('unshare', argv, { env: { ...env, [flag]: '1' }, stdio: 'inherit' })
  exit(status ?? 1)
}

/** Whom a bare node trusts: SSH and GPG keys as Debian 12 and 13 know them, and what is missing there. */
import * as assert from 'uvu/assert'
import { createRepo } from '../source/git-repo.ts'
import { allow, createGpgSigner, createSshSigner, signNothing } from '../source/signers.ts'
import { bootLab, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const nodes = ['lb1', 'lb2']
const lab = bootLab('--nodes', 'lb1,lb2,git', '--release', 'lb2=trixie')
const repo = createRepo()
const url = lab.command('repo', 'config').split('\n')[0] ?? ''
const ann = createSshSigner('ann')
const greg = createGpgSigner('greg')
const { before, after, step, run } = createSteps('trust')

/** Pushes a commit after which a file on both nodes holds this text. */
function push(text: string): string {
  const task = `- name: The file\n  copy: {dest: /etc/trusted, content: "${text}\\n"}\n`
  const hosts =
    'all:\n  vars: {roles: [site]}\n  hosts:\n    lb1:\n      ansible_host: 192.0.2.1\n    lb2:\n      ansible_host: 192.0.2.2\n'
  const files = { 'inventory/hosts.yml': hosts, 'roles/site/tasks/main.yml': task }
  const commit = repo.commit(files, text)
  lab.pushRepo('config', repo.folder)
  return commit
}

function converge(node: string, code: number, holds: string): string {
  const ended = lab.exec(node, 'evenkeel', 'converge')
  assert.is(ended.code, code, `${node}: ${ended.stdout}${ended.stderr}`)
  assert.is(lab.sh(node, 'cat /etc/trusted'), holds)
  return ended.stdout
}

function says(text: string, expected: RegExp): void {
  assert.ok(expected.test(text), `${expected} in\n${text}`)
}

before(async () => {
  ann.sign(repo)
  push('one')
  await installNodes(lab, nodes, url)
  const verify = 'verify:\n  allowed_signers: /etc/evenkeel/signers\n  gpg_keys: /etc/evenkeel/keys'
  for (const node of nodes) {
    lab.sh(node, `echo '${allow(ann).trim()}' > /etc/evenkeel/signers`)
    lab.sh(node, `echo '${greg.publicKey.trim()}' > /etc/evenkeel/keys`)
    lab.sh(node, `echo '${verify}' >> /etc/evenkeel/agent.yml`)
  }
})
after(() => lab.down())

step(
  'a commit that is signed with SSH converges as the node is, and a second run asks nobody',
  () => {
    for (const node of nodes) {
      converge(node, 0, 'one')
      says(
        lab.sh(node, 'evenkeel status'),
        /^applied .* "one", .* ago, signed by ann@example\.com$/m,
      )
      says(converge(node, 0, 'one'), /is in sync/)
    }
  },
)

step('an unsigned one is refused, its reason is in status, and drift is repaired', () => {
  signNothing(repo)
  push('bad')
  for (const node of nodes) {
    lab.sh(node, 'echo by hand > /etc/trusted')
    says(
      converge(node, 4, 'one'),
      /"bad" is refused: it is not signed\. \w{8} "one" stays in force/,
    )
    says(lab.sh(node, 'evenkeel status'), /^refused .* "bad", .* ago: it is not signed$/m)
  }
})

step('for GPG, a node without gpg says what to install, and goes on once it is there', () => {
  greg.sign(repo)
  push('two')
  for (const node of nodes) {
    says(converge(node, 4, 'one'), /gpg is not installed on this node \(apt-get install gpg\)/)
    lab.sh(node, 'apt-get install -y -q --no-install-recommends gpg')
    converge(node, 0, 'two')
    says(lab.sh(node, 'evenkeel status'), /signed by greg@example\.com$/m)
    assert.is(lab.exec(node, 'pgrep', 'gpg-agent|keyboxd|dirmngr').code, 1, 'nothing stays behind')
  }
})

step('a forced push is refused until a person accepts it', () => {
  ann.sign(repo)
  repo.git('reset', '--quiet', '--hard', 'HEAD~2')
  const commit = push('three')
  for (const node of nodes) {
    says(converge(node, 4, 'two'), /"three" is refused: history was rewritten/)
    lab.sh(node, `evenkeel accept ${commit.slice(0, 8)} --reason 'two was a mistake'`)
    says(converge(node, 0, 'three'), /was accepted by .*: two was a mistake\./)
    says(lab.sh(node, 'evenkeel history'), /was accepted by/)
  }
})

run()

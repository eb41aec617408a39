import { join } from 'node:path'
import { diffLines } from 'diff'
import type { Topology } from '../topology.ts'
import { createConfigRepo } from './config-repo.ts'
import type { ConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes, pushRuntime } from './lab.ts'
import type { Lab } from './lab.ts'
import { installClient, startTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

/** What a node can be wholly; nothing else is allowed. */
export type Side = 'old' | 'new'

/** Where a run is stopped, and how. */
export interface Cut {
  /** The agent dies; it hangs; or the node loses its power. */
  readonly how: 'kill' | 'hang' | 'power'
  /** One of the operations of the run (cut-at.mjs), or how the first such one begins and a `*`. */
  readonly at: string
  /** Milliseconds later. Default: right before the operation. */
  readonly delay?: number
}

/** What became of a node whose run was stopped. */
export interface Outcome {
  readonly state: Side
  /** The operations that the run has done; one writes its state only where that has changed. */
  readonly done: readonly string[]
  /** False: the run had no such operation, and came to its end. */
  readonly wasCut: boolean
  /** What the run said. */
  readonly said: string
  /** What `evenkeel recover` said. */
  readonly recovered: string
  readonly traffic: Traffic
}

/** A pair that serves; lb1 changes between two states that differ in all five parts. */
export interface CrashNode {
  readonly lab: Lab
  readonly repo: ConfigRepo
  /** The verb, with its arguments, that leads to a state. */
  to(target: Side): string
  /** A whole run to a state, under traffic. @returns its operations */
  change(target: Side): Promise<readonly string[]>
  /** Starts a run, and stops it. Default: on lb1. */
  cut(verb: string, cut: Cut, name?: string): void
  /**
   * Stops a run, under traffic, starts the node again if need be, and takes up what is left.
   * @throws Error when the node is neither old nor new then (after a power cut: even before it is taken up),
   * when anything is left over, or when a request failed although only the agent was killed
   */
  survive(verb: string, cut: Cut): Promise<Outcome>
  /** @throws Error when the node is neither old nor new, or when anything is left over */
  look(): Side
}

const balancers = 'inventory/group_vars/loadbalancers.yml'
const agent =
  'NODE_COMPILE_CACHE=/var/cache/evenkeel UV_THREADPOOL_SIZE=1 /opt/evenkeel/bin/node --import /root/cut-at.mjs /opt/evenkeel/dist/evenkeel.mjs'
/** What the run that is stopped does. */
const cutList = '/root/cut-operations'
/** Ends once the process in `$pid` has ended or hangs. */
const waitForCut =
  'while read -r _ _ state _ < /proc/$pid/stat && [ "$state" != T ]; do sleep 0.05; done 2>/dev/null; true'

/**
 * Boots, installs and converges the pair. Its first release is the old state, its second the new one.
 * @param from a built checkout whose program is installed. Default: this one
 */
export async function createCrashNode(topology: Topology, from?: string): Promise<CrashNode> {
  const lab = bootLab('--nodes', 'lb1,lb2,web1,git', '--topology', topology)
  const repo = createConfigRepo(lab)
  const old = repo.push('Old')
  await installNodes(lab, ['lb1', 'lb2'], repo.url, from)
  installClient(lab, 'git')
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, 'web-server.mjs'), '/root/web-server.mjs')
  lab.sh('web1', 'systemd-run /root/node /root/web-server.mjs web1 80')
  for (const name of ['lb1', 'lb2']) {
    for (const file of ['cut-at.mjs', 'snapshot.sh']) {
      lab.push(name, join(import.meta.dirname, file), `/root/${file}`)
    }
    lab.sh(name, 'evenkeel converge')
  }
  lab.sh('lb1', `git clone -q ${repo.url} /root/old`)
  changeAll(repo)
  const commits = { old, new: repo.push('New') }
  lab.sh('lb1', `git clone -q ${repo.url} /root/new`)
  return describeNode(lab, repo, commits)
}

/**
 * All five parts, each with a reload at most, since a restart of haproxy drops requests; a new file in a new folder, and one that is taken back with
 * the way to the old state.
 */
function changeAll(repo: ConfigRepo): void {
  const changes = [
    ['  retries: 3\n', '  retries: 4\n'],
    ['iptables_allow: []', 'iptables_allow:\n  - port: 9100'],
    ['tcp_fin_timeout: 30', 'tcp_fin_timeout: 31\n  net.ipv4.tcp_keepalive_time: 300'],
    ['  - keepalived\n', '  - keepalived\n  - extra\n'],
  ] as const
  for (const [before, after] of changes) repo.replace(balancers, before, after)
  repo.write(
    balancers,
    `${repo.read(balancers)}
keepalived_garp_master_refresh: 45
rsyslog_files:
  - name: 90-more
    content: |
      local5.* /var/log/more.log
`,
  )
  repo.write(
    'roles/extra/tasks/main.yml',
    '- name: A file\n  copy: {dest: /etc/extra/deep/file.conf, content: "x\\n"}\n',
  )
}

function describeNode(
  lab: Lab,
  repo: ConfigRepo,
  commits: Readonly<Record<Side, string>>,
): CrashNode {
  const snapshot = (): string => lab.sh('lb1', 'sh /root/snapshot.sh')
  const known = new Map<Side, string>([['old', snapshot()]])
  const visit = (): { stop(): Promise<Traffic> } =>
    startTraffic(lab, 'git', {
      url: `http://${lab.address('vip1')}/`,
      sites: ['www.example.com'],
      interval: 20,
    })
  /** Pruning leaves folders, which others may use. */
  const clear = (verb: string): void => {
    if (verb !== node.to('old')) return
    lab.sh('lb1', 'rmdir -p --ignore-fail-on-non-empty /etc/extra/deep 2>/dev/null; true')
  }
  const sideOf = (found: string): Side => {
    const state = (['old', 'new'] as const).find((side) => known.get(side) === found)
    if (state === undefined) throw new Error(`neither old nor new:\n${compare(found, known)}`)
    return state
  }
  const node: CrashNode = {
    lab,
    repo,
    to(target) {
      // Only a release that was good here can be gone back to
      return known.has(target) ? `rollback ${commits[target]}` : 'converge'
    },
    async change(target) {
      await serves(lab)
      const traffic = visit()
      const log = '/root/operations'
      const command = `rm -f ${log}; CUT_LIST=${log} ${agent} ${node.to(target)}`
      const { code, stdout, stderr } = lab.exec('lb1', 'sh', '-c', command)
      const { failures } = await traffic.stop()
      if (code !== 0) throw new Error(`to ${target}: ${code}\n${stdout}${stderr}`)
      if (failures.length > 0) throw new Error(`to ${target}: ${failures.join(', ')}`)
      clear(node.to(target))
      if (!known.has(target)) known.set(target, snapshot())
      if (node.look() !== target) throw new Error(`a whole run does not lead to ${target}`)
      return lab.sh('lb1', `cat ${log}`).split('\n')
    },
    cut(verb, { how, at, delay = 0 }, name = 'lb1') {
      const settings = { CUT_HOW: how, CUT_AT: at, CUT_DELAY: String(delay), CUT_LIST: cutList }
      const words = Object.entries(settings).map(([key, value]) => `${key}=${quote(value)}`)
      const command = `rm -f /root/was-cut ${cutList}; env ${words.join(' ')} ${agent} ${verb}`
      lab.exec(name, 'sh', '-c', `${command} > /root/cut.log 2>&1 & pid=$!; ${waitForCut}`)
    },
    async survive(verb, cut) {
      const traffic = visit()
      let counted: Traffic
      try {
        node.cut(verb, cut)
        if (cut.how === 'power') powerUp(lab)
      } finally {
        counted = await traffic.stop()
      }
      const wasCut = lab.exec('lb1', 'test', '-e', '/root/was-cut').code === 0
      if (cut.how === 'power') {
        clear(verb)
        sideOf(snapshot())
      }
      const ended = lab.exec('lb1', 'evenkeel', 'recover')
      if (ended.code !== 0) throw new Error(`recover: ${ended.code}: ${ended.stdout}`)
      clear(verb)
      const { failed, failures } = counted
      if (cut.how === 'kill' && failed > 0) {
        throw new Error(`${failed} requests failed: ${failures.join(', ')}`)
      }
      const state = node.look()
      const told = lab.sh('lb1', `cat ${cutList}`).split('\n')
      const done = wasCut && cut.delay === undefined ? told.slice(0, -1) : told
      const said = lab.sh('lb1', 'cat /root/cut.log')
      return { state, done, wasCut, said, recovered: ended.stdout.trim(), traffic: counted }
    },
    look() {
      const left = lab.sh('lb1', 'sh /root/snapshot.sh leftovers')
      if (left !== '') throw new Error(`left over:\n${left}`)
      const state = sideOf(snapshot())
      const { code, stdout } = lab.exec('lb1', 'evenkeel', 'plan', '-i', `/root/${state}`)
      if (code !== 0) throw new Error(`files are ${state}, what runs is not:\n${stdout}`)
      return state
    },
  }
  return node
}

/** Until the pair is as visitors find it: lb1 has its VIP, and serves. */
export async function serves(lab: Lab): Promise<void> {
  const vip = lab.address('vip1')
  const ask = `curl -sf -o /dev/null -m 1 -H 'Host: www.example.com' http://${vip}/`
  await eventually(
    'lb1 serves',
    () => lab.exec('lb1', 'sh', '-c', `ip -br address | grep -q ${vip}/ && ${ask}`).code === 0,
  )
}

/** Boots lb1 after its power was cut, or cuts it. @throws Error when its units wait for each other */
export function powerUp(lab: Lab): void {
  lab.command('stop', 'lb1', '--kill')
  lab.command('start', 'lb1')
  const log = lab.sh('lb1', 'journalctl -b --no-pager -o cat -g "ordering cycle" || true')
  if (log.includes('ordering cycle')) throw new Error(log)
}

function compare(found: string, known: ReadonlyMap<Side, string>): string {
  return [...known]
    .map(([side, text]) => {
      const changes = diffLines(text, found).filter(({ added, removed }) => added || removed)
      const lines = changes.map(({ added, value }) => value.replace(/^/gm, added ? '+ ' : '- '))
      return `against ${side}:\n${lines.join('').slice(0, 2000)}`
    })
    .join('\n')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

import { setTimeout as sleep } from 'node:timers/promises'
import { balancers } from './pair.ts'
import type { Balancer, Pair } from './pair.ts'
import type { Subject } from './subject.ts'

/**
 * Waits until the pair is as it shall be: haproxy answers, keepalived runs, each VIP is at home and nowhere
 * else, and the subject has nothing left to do.
 * @param isAlone lb1 has no peer, and both VIPs are at home there
 * @returns what still is not, or null
 */
export async function awaitWell(
  pair: Pair,
  subject: Subject,
  isAlone: boolean,
  seconds: number,
): Promise<string | null> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const problem = await findProblem(pair, subject, isAlone)
    if (problem === null || Date.now() > deadline) return problem
    await sleep(200)
  }
}

async function findProblem(pair: Pair, subject: Subject, isAlone: boolean): Promise<string | null> {
  const nodes = isAlone ? (['lb1'] as const) : balancers
  const problems = await Promise.all(
    nodes.map(async (node) => {
      const home = isAlone ? balancers : [node]
      const away = isAlone ? [] : balancers.filter((other) => other !== node)
      const said = await pair.shell(node).run(script(pair, subject, home, away))
      return said.trim() === '' ? null : `${node}: ${said.trim().replaceAll('\n', ', ')}`
    }),
  )
  return problems.find((problem) => problem !== null) ?? null
}

function script(
  pair: Pair,
  subject: Subject,
  home: readonly Balancer[],
  away: readonly Balancer[],
): string {
  const has = (node: Balancer): string =>
    `[ "$addresses" != "\${addresses#* ${pair.vips[node]}/}" ]`
  return `addresses=$(ip -o -4 address)
${home.map((node) => `${has(node)} || echo 'no VIP of ${node}'`).join('\n')}
${away.map((node) => `${has(node)} && echo 'the VIP of ${node}'`).join('\n')}
ask_haproxy 'show info' | grep -q '^Pid: ' || echo 'haproxy does not answer'
[ -n "$(ss -Hltn 'sport = :80')" ] || echo 'nothing listens on port 80'
systemctl is-active --quiet keepalived || echo 'keepalived does not run'
${subject.wellScript}
true`
}

/** haproxy's processes on the nodes that run, by their masters: a reload is no restart. */
export async function haproxyPids(pair: Pair): Promise<string> {
  const pids = await Promise.all([...pair.shells.values()].map((shell) => shell.run('master')))
  return pids.join()
}

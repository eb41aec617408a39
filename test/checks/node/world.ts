import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeNode } from '../../../agent/checks/node/check-node.ts'
import { futureDisk } from '../../../agent/checks/node/future-disk.ts'
import { readFutureHaproxy } from '../../../agent/checks/node/future-haproxy.ts'
import { parseAddresses } from '../../../agent/checks/node/node-address.ts'
import type { NodePath } from '../../../agent/checks/node/node-path.ts'
import type { NodeView } from '../../../agent/checks/node/node-view.ts'
import type { Process } from '../../../agent/checks/node/process.ts'
import { parseSockets } from '../../../agent/checks/node/socket.ts'
import type { Wanted } from '../../../agent/checks/node/wanted.ts'
import { service } from '../../../agent/resources/service/service.ts'
import { formatProblem } from '../../../agent/system/errors.ts'
import { fakeSystem } from '../../fake-system.ts'

/** A made-up run on a made-up node, in few words; the default is a node where everything works. */
export interface World {
  /** Text by path. */
  readonly files?: Readonly<Record<string, string>>
  readonly modes?: Readonly<Record<string, number>>
  /** Folders that the run makes. */
  readonly makes?: readonly string[]
  readonly sysctls?: Readonly<Record<string, string>>
  readonly services?: readonly Readonly<Record<string, unknown>>[]
  /** Rows of `ss -Hlntup`. */
  readonly sockets?: readonly string[]
  /** By pid: unit, executable. */
  readonly processes?: Readonly<Record<number, readonly [unit: string | null, executable: string]>>
  /** The node's own address on eth0; 192.0.2.11 unless given. */
  readonly own?: string
  /** What the inventory says of it; 192.0.2.11 unless given. */
  readonly ansibleHost?: string
  /** Interface, address and prefix length: `eth1 198.51.100.1/24`. */
  readonly addresses?: readonly string[]
  /** Addresses are translated on the way to this node. */
  readonly isTranslated?: boolean
  /** What is there besides: `directory 0755 root`, `file 0644 root`. */
  readonly paths?: Readonly<Record<string, string>>
  readonly live?: Readonly<Record<string, string>>
  readonly limit?: number
  /** A drop-in for haproxy's unit. */
  readonly unit?: string
  /** Text by path of files that are there, and not the run's. */
  readonly others?: Readonly<Record<string, string>>
  readonly keepalivedNow?: string
  /** Paths that the run changes; all files unless given. */
  readonly changing?: readonly string[]
}

export const place = { file: 'roles/x/tasks/main.yml', line: 7 }

/** Everything that the rules find, one line each: `error haproxy-folders /etc/haproxy/haproxy.cfg:3 …`. */
async function judge(world: World): Promise<readonly string[]> {
  const changing = new Set(world.changing ?? Object.keys(world.files ?? {}))
  return judgeNode(toWanted(world), await toNode(world), changing).map(
    (finding) => `${finding.level} ${finding.rule} ${formatProblem(finding)}`,
  )
}

/** What it is about, and what is found there, matched by these in turn; nothing for no finding. */
export type Case = readonly [name: string, world: World, expected: readonly RegExp[]]

/** A test for each case. */
export function judgeAll(cases: readonly Case[]): void {
  for (const [name, world, expected] of cases) {
    test(name, async () => {
      const found = await judge(world)
      assert.is(found.length, expected.length, found.join('\n'))
      expected.forEach((pattern, index) => assert.match(found[index] ?? '', pattern))
    })
  }
}

function toWanted({ files, modes, makes, sysctls, services, ansibleHost }: World): Wanted {
  return {
    host: 'lb1.example.com',
    addresses: [ansibleHost ?? '192.0.2.11'],
    files: new Map(
      Object.entries(files ?? {}).map(([path, text]) => [
        path,
        { text, place, mode: modes?.[path] ?? 0o644 },
      ]),
    ),
    folders: new Set(makes),
    sysctls: new Map(Object.entries(sysctls ?? {})),
    units: (services ?? []).flatMap((raw) => service.effects(service.parse(raw, place)).unit ?? []),
  }
}

async function toNode(world: World): Promise<NodeView> {
  const rows = [
    'lo 127.0.0.1/8',
    `eth0 ${world.own ?? '192.0.2.11'}/24`,
    ...(world.addresses ?? []),
  ]
  const addresses = rows.map((row) => {
    const [ifname = '', local, prefixlen] = row.split(/[ /]/)
    return { ifname, addr_info: [{ local, prefixlen: Number(prefixlen) }] }
  })
  const paths = {
    '/run': 'directory 0755 root',
    '/run/haproxy': 'directory 2775 haproxy',
    '/var/lib/haproxy': 'directory 0755 root',
    '/var/log': 'directory 0755 root',
    '/bin/sh': 'file 0755 root',
    ...world.paths,
  }
  const wanted = toWanted(world)
  const dropIn = '/etc/systemd/system/haproxy.service.d/x.conf'
  const system = fakeSystem({ files: { [dropIn]: world.unit ?? '', ...world.others } })
  return {
    sockets: parseSockets((world.sockets ?? []).join('\n')),
    processes: new Map(
      Object.entries(world.processes ?? {}).map(([pid, [unit, executable]]): [number, Process] => [
        Number(pid),
        { pid: Number(pid), unit, executable, command: `${executable} --run` },
      ]),
    ),
    addresses: parseAddresses(JSON.stringify(addresses), '[{"dst":"127.0.0.0/8"}]'),
    paths: new Map(Object.entries(paths).map(([path, text]) => [path, toPath(text)])),
    sysctls: new Map(
      Object.entries({
        'net/ipv4/ip_nonlocal_bind': '0',
        'net/ipv6/ip_nonlocal_bind': '0',
        'net/ipv6/bindv6only': '0',
        ...world.live,
      }),
    ),
    haproxy: await readFutureHaproxy(wanted, futureDisk(wanted.files, new Set(), system)),
    fileLimit: { files: world.limit ?? 524_288, source: 'LimitNOFILE of its unit' },
    isTranslated: world.isTranslated ?? false,
    keepalivedNow: world.keepalivedNow ?? null,
  }
}

/** `directory 0755 root`, `file 0755 root /bin/sh`. */
function toPath(text: string): NodePath {
  const [type, mode = '', owner = '', interpreter = null] = text.split(' ')
  return {
    type: type === 'directory' ? 'directory' : 'file',
    mode: Number.parseInt(mode, 8),
    owner,
    group: owner,
    size: 1,
    mtime: 0,
    interpreter,
  }
}

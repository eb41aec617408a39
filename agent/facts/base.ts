import * as os from 'node:os'
import { parseKeepalivedConfig, vipsOf } from '../programs/keepalived/config.ts'
import type { System } from '../system/system.ts'
import { readDistribution } from './distribution.ts'
import type { Facts } from './fact.ts'
import { interfaceFacts } from './interface.ts'
import type { InterfaceFacts } from './interface.ts'
import { ownName } from './own-name.ts'

/** The part of the machine that facts are read from. */
export type FactFiles = Pick<System, 'readFile' | 'list'>

/** What the kernel tells without a file. Tests pass a fake one. */
export type Kernel = Pick<
  typeof os,
  'availableParallelism' | 'hostname' | 'machine' | 'networkInterfaces' | 'release' | 'type'
>

/** Facts that cost no process: node:os, /etc, /proc and /sys. */
export interface BaseFacts {
  readonly facts: Facts
  readonly interfaces: readonly InterfaceFacts[]
}

/** Reads the facts that cost little: a few milliseconds. What this node can't tell is left out. */
export async function baseFacts(files: FactFiles, kernel: Kernel = os): Promise<BaseFacts> {
  const read = async (path: string): Promise<string> =>
    new TextDecoder().decode((await files.readFile(path)) ?? new Uint8Array())
  const nodename = kernel.hostname()
  const name = await ownName(files, nodename)
  const interfaces = await readInterfaces(files, read, kernel)
  const cpuinfo = await read('/proc/cpuinfo')
  const memtotal = /^MemTotal:\s+(\d+) kB/m.exec(await read('/proc/meminfo'))?.[1]
  const process = (await read('/proc/1/comm')).trim()
  const machineId = (await read('/etc/machine-id')).trim()
  return {
    interfaces,
    facts: {
      ...Object.fromEntries(interfaces.map((it) => [it.device.replace(/[-:]/g, '_'), it])),
      ...name,
      domain: name.fqdn.split('.').slice(1).join('.'),
      nodename,
      system: kernel.type(),
      kernel: kernel.release(),
      architecture: kernel.machine(),
      ...(await readDistribution(files)),
      ...(memtotal !== undefined && { memtotal_mb: Math.floor(Number(memtotal) / 1024) }),
      processor_vcpus: cpuinfo.match(/^processor\s*:/gm)?.length ?? kernel.availableParallelism(),
      processor_nproc: kernel.availableParallelism(),
      ...(process !== '' && { service_mgr: serviceManager(process) }),
      ...(machineId !== '' && { machine_id: machineId }),
      interfaces: interfaces.map((it) => it.device),
      all_ipv4_addresses: interfaces
        .flatMap((it) => [...(it.ipv4 ? [it.ipv4] : []), ...(it.ipv4_secondaries ?? [])])
        .map((it) => it.address)
        .filter((address) => !address.startsWith('127.')),
      all_ipv6_addresses: interfaces
        .flatMap((it) => it.ipv6 ?? [])
        .map((it) => it.address)
        .filter((address) => address !== '::1'),
    },
  }
}

type Read = (path: string) => Promise<string>

async function readInterfaces(
  files: FactFiles,
  read: Read,
  kernel: Kernel,
): Promise<readonly InterfaceFacts[]> {
  const addresses = Object.entries(kernel.networkInterfaces())
  // What it includes is passed over
  const { instances } = parseKeepalivedConfig(await read('/etc/keepalived/keepalived.conf'))
  const vips = new Set(instances.flatMap(vipsOf))
  const found: InterfaceFacts[] = []
  for (const device of (await files.list('/sys/class/net')) ?? []) {
    const folder = `/sys/class/net/${device}`
    const mtu = await read(`${folder}/mtu`)
    // bonding_masters is a file beside the interfaces.
    if (mtu === '') continue
    const link = {
      device,
      mtu,
      address: await read(`${folder}/address`),
      operstate: await read(`${folder}/operstate`),
    }
    // An address with a label is listed as eth0:label.
    const own = addresses.filter(([name]) => name.split(':')[0] === device)
    found.push(
      interfaceFacts(
        link,
        own.flatMap(([, infos]) => infos ?? []),
        vips,
      ),
    )
  }
  return found
}

/** Ansible's names for what process 1 is called; a shell is the process 1 of a container. */
function serviceManager(process: string): string {
  if (process === 'init' || process.endsWith('sh')) return 'service'
  return process === 'runit-init' ? 'runit' : process === 'openrc-init' ? 'openrc' : process
}

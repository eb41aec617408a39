import * as v from 'valibot'
import { vipsOf } from '../programs/keepalived/config.ts'
import type { VrrpInstance } from '../programs/keepalived/config.ts'
import type { DumpedInstance } from '../programs/keepalived/dump.ts'
import { parseHolds } from '../programs/keepalived/hold-file.ts'
import { readDump } from '../programs/keepalived/read-dump.ts'
import { readInstances } from '../programs/keepalived/read-instances.ts'
import { parseJson } from '../system/parse-json.ts'
import { vrrpFolder } from '../system/paths.ts'
import { readText } from '../system/read-text.ts'
import type { System } from '../system/system.ts'
import type { KeepalivedScope } from './health-scope.ts'
import type { InstanceHealth, KeepalivedHealth, WantedInstance } from './health.ts'
import { readUnitHealth } from './unit-health.ts'

/** What the file asks for, what runs, and which addresses are here. */
export async function observeKeepalived(
  scope: KeepalivedScope,
  system: Pick<System, 'run' | 'inspect' | 'readFile' | 'list' | 'remove' | 'now' | 'sleep'>,
): Promise<KeepalivedHealth> {
  const { state, pid } = await readUnitHealth(scope.unit, system)
  const [wanted, instances, addresses, heldBack] = await Promise.all([
    readWanted(scope.file, system),
    // One that only starts has no handler yet, and the signal would end it
    state === 'running' && pid !== null ? readDump(pid, system) : null,
    readAddresses(system),
    readHeldBack(system),
  ])
  return {
    unit: state,
    wanted,
    instances: instances?.map(toHealth) ?? null,
    addresses,
    heldBack,
    // For who knows the peers to say
    elsewhere: null,
  }
}

function toHealth({ stats, ...instance }: DumpedInstance): InstanceHealth {
  return {
    name: instance.name,
    state: instance.state,
    virtualRouterId: instance.virtualRouterId,
    basePriority: instance.basePriority,
    effectivePriority: instance.effectivePriority,
    vips: instance.vips,
    advertInterval: instance.advertInterval,
    advertsReceived: stats.advertsReceived,
    advertsRefused: stats.addressListErrors + stats.authenticationErrors,
    timesMaster: stats.timesMaster,
    resignationsHeard: stats.resignationsHeard,
    watched: null,
  }
}

/** The instances of keepalived.conf and of the files beside it that it includes. */
export async function readWanted(
  file: string,
  system: Pick<System, 'inspect' | 'list'>,
): Promise<readonly WantedInstance[] | null> {
  const disk = {
    read: (path: string) => readText(path, system),
    list: (folder: string) => system.list(folder),
  }
  const found = await readInstances(file, disk)
  return found?.filter(({ conditional }) => !conditional).map(toWanted) ?? null
}

function toWanted(instance: VrrpInstance): WantedInstance {
  return {
    name: instance.name,
    virtualRouterId: instance.virtualRouterId?.value ?? null,
    priority: instance.priority?.value ?? null,
    vips: vipsOf(instance),
  }
}

/** What the watch has written for keepalived (programs/keepalived/hold-file.ts). */
const faultFile = `${vrrpFolder}/fault`

async function readHeldBack(system: Pick<System, 'readFile'>): Promise<string | null> {
  const content = await system.readFile(faultFile)
  const holds = content === null ? [] : parseHolds('fault', new TextDecoder().decode(content))
  return holds.length === 0 ? null : holds.map(({ reason }) => reason).join('; ')
}

const links = v.array(
  v.object({ addr_info: v.optional(v.array(v.object({ local: v.optional(v.string(), '') })), []) }),
)

async function readAddresses(system: Pick<System, 'run'>): Promise<readonly string[]> {
  const { stdout } = await system.run(['ip', '-json', 'address', 'show'])
  const read = v.safeParse(links, parseJson(stdout))
  if (!read.success) return []
  return read.output.flatMap((link) => link.addr_info.map(({ local }) => local))
}

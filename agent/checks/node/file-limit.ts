import type { UnitSettings } from '../../programs/systemd/unit-file.ts'
import type { System } from '../../system/system.ts'

/** How many files a unit's process may have open, and what sets that limit. */
export interface FileLimit {
  readonly files: number
  /** For people: `LimitNOFILE of haproxy.service`. */
  readonly source: string
}

/** CAP_SYS_RESOURCE, capabilities(7). */
const sysResource = 24n

/**
 * What haproxy can raise its limit to. With CAP_SYS_RESOURCE it is what the kernel allows at all, since
 * haproxy raises the hard limit itself (haproxy.c, RLIMIT_NOFILE); without, as in most containers, it is
 * the unit's hard limit, which systemd itself can't raise above its own.
 */
export async function readFileLimit(
  unit: UnitSettings,
  system: Pick<System, 'readFile' | 'run'>,
): Promise<FileLimit> {
  const read = async (path: string): Promise<string> =>
    new TextDecoder().decode((await system.readFile(path)) ?? new Uint8Array())
  const most = Number((await read('/proc/sys/fs/nr_open')).trim() || '1048576')
  const kernel = { files: most, source: 'fs.nr_open' }
  const isHost = isWholeRange(await read('/proc/1/uid_map'))
  if (isHost && hasCapability(await read('/proc/1/status'), sysResource) && keepsIt(unit)) {
    return kernel
  }
  const given = unit.get('LimitNOFILE')?.at(-1) ?? (await readDefault(system))
  const own = /^Max open files\s+\S+\s+(\d+)/m.exec(await read('/proc/1/limits'))?.[1]
  return [
    kernel,
    ...(given === null ? [] : [{ files: hardLimit(given), source: 'LimitNOFILE of its unit' }]),
    ...(own === undefined ? [] : [{ files: Number(own), source: "systemd's own limit here" }]),
  ].reduce((least, one) => (one.files < least.files ? one : least))
}

const factors: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

/** `soft:hard` or one value for both: systemd.exec(5). */
function hardLimit(text: string): number {
  const hard = text.split(':').at(-1) ?? ''
  if (hard === 'infinity') return Infinity
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/.exec(hard) ?? []
  return digits === undefined ? Infinity : Number(digits) * (factors[unit] ?? 1)
}

async function readDefault(system: Pick<System, 'run'>): Promise<string | null> {
  const { code, stdout } = await system.run(['systemctl', 'show', '-p', 'DefaultLimitNOFILE'])
  return code === 0 ? (/=(\S+)/.exec(stdout)?.[1] ?? null) : null
}

/** In a user namespace of its own, such as an unprivileged container, root has it in name only. */
function isWholeRange(map: string): boolean {
  return map === '' || /^\s*0\s+0\s+4294967295\s*$/.test(map)
}

/** Whether the unit leaves it to its process. */
function keepsIt(unit: UnitSettings): boolean {
  const bounds = unit.get('CapabilityBoundingSet') ?? []
  const isLeft = bounds.length === 0 || bounds.some((one) => /^~|CAP_SYS_RESOURCE/i.test(one))
  return isLeft && (unit.get('User')?.at(-1) ?? 'root') === 'root'
}

function hasCapability(status: string, bit: bigint): boolean {
  const [, mask] = /^CapEff:\s*([0-9a-f]+)/m.exec(status) ?? []
  return mask !== undefined && ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n
}

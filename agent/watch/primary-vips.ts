import type { NetworkInterfaceInfo } from 'node:os'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { isInNetwork } from '../facts/interface.ts'

/**
 * VIPs that connections of this node leave from: the kernel takes the first address of a network, and lists
 * IPv4 addresses in that order. A VIP with its network's length gets there when the interface is configured
 * anew (`networkctl reconfigure`, `netplan apply`, a renewed lease); servers that let only the nodes in are
 * down then, for good.
 * @param interfaces as node:os has them
 */
export function warnOfPrimaryVips(
  vips: readonly string[],
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): readonly Warning[] {
  return Object.entries(interfaces).flatMap(([device, all = []]) => {
    const addresses = all.filter(({ family }) => family === 'IPv4')
    return addresses.flatMap((one, index): readonly Warning[] => {
      if (!vips.includes(one.address)) return []
      const network = { network: one.address, netmask: one.netmask }
      const behind = addresses.slice(index + 1).find(({ address, netmask }) => {
        const isSame = netmask === one.netmask && isInNetwork(address, network)
        return isSame && !vips.includes(address)
      })
      if (behind === undefined) return []
      const sentence = `the VIP ${one.address} comes before ${behind.address}, this node's own address, on ${device}: connections leave from the VIP, those of health checks too; write the VIP as ${one.address}/32, and let keepalived add it anew ("evenkeel drain", then "evenkeel undrain")`
      return [warn('vip-primary', sentence)]
    })
  })
}

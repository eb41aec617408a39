/** Facts by name. */
export type Facts = Readonly<Record<string, unknown>>

/** Facts that cost processes are gathered together, and only when a template reads one of them. */
export type FactGroup = 'network'

/** What a fact is, for README and `evenkeel doc`. */
export interface FactDoc {
  readonly is: string
  /** Base facts, which are always there, have none. */
  readonly group?: FactGroup
}

/**
 * Every fact, with Ansible's name and format (without `ansible_`). None of them changes by itself from one
 * minute to the next (free memory, load), since a file rendered from it would drift for ever. Addresses
 * are an exception: while a node holds a VIP, the VIP is among them.
 */
export const factDocs: Readonly<Record<string, FactDoc>> = {
  hostname: { is: 'name of the node up to its first dot' },
  fqdn: { is: 'full name by hostname and /etc/hosts; DNS is not asked' },
  domain: { is: 'fqdn behind its first dot, or empty' },
  nodename: { is: 'hostname as the kernel has it' },
  system: { is: 'Linux' },
  kernel: { is: 'release of the kernel, such as 6.1.0-18-amd64' },
  architecture: { is: 'x86_64, aarch64, …' },
  os_family: { is: 'Debian (also on Ubuntu), RedHat, Suse, Archlinux, Alpine' },
  distribution: { is: 'Debian, Ubuntu, Rocky, …' },
  distribution_version: { is: 'such as 12.5 or 24.04' },
  distribution_major_version: { is: 'such as 12, as text' },
  distribution_release: { is: 'code name, such as bookworm' },
  memtotal_mb: { is: 'memory in MiB' },
  processor_vcpus: { is: 'number of processors' },
  processor_nproc: { is: 'number of processors that this program may use' },
  service_mgr: { is: 'process 1, such as systemd' },
  machine_id: { is: '/etc/machine-id' },
  interfaces: { is: 'names of network interfaces' },
  all_ipv4_addresses: { is: 'IPv4 addresses but 127.0.0.0/8, VIPs held now included' },
  all_ipv6_addresses: { is: 'IPv6 addresses but ::1, VIPs held now included' },
  default_ipv4: {
    is: 'of the IPv4 default route: interface, address, gateway, netmask, prefix, network, broadcast, macaddress, mtu; empty without one',
    group: 'network',
  },
  default_ipv6: {
    is: 'of the IPv6 default route: interface, address, gateway, prefix, scope, macaddress, mtu; empty without one',
    group: 'network',
  },
}

/** What `facts.eth0` is; every interface has one, with _ for - and : in its name. */
export const interfaceDoc: FactDoc = {
  is: 'device, active, mtu, macaddress, ipv4 (address, netmask, prefix, network, broadcast), ipv4_secondaries, ipv6 (a list of address, prefix, scope); addresses only while it is up',
}

import { BlockList, isIP } from 'node:net'
import { lookup as resolve } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Not on the public internet (IANA special-purpose registries): this machine, private networks, link-local with the metadata service of clouds, documentation, multicast. */
const special4 = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24],
  ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) special4.addSubnet(network, prefix, 'ipv4')
/** Global unicast is 2000::/3; inside it these are not: Teredo and other protocols, documentation, 6to4, which carries an IPv4 address. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
const special6 = new BlockList()
for (const [network, prefix] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) special6.addSubnet(network, prefix, 'ipv6')

/** Whether the address is on the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !special4.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}

export class PrivateAddressError extends Error {
  readonly code = 'EPRIVATE'
  constructor(host: string, address: string) {
    super(host === address ? `${address} is not on the public internet` : `${host} is ${address}, which is not on the public internet`)
    this.name = 'PrivateAddressError'
  }
}

type Resolve = (host: string, options: { all: true }, done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void

/**
 * The `lookup` of a connection that may go to the public internet only. A name is resolved once and the connection goes
 * to the very addresses that were looked at, so a name cannot become private in between. One private address among many
 * refuses all. `resolver` is for tests.
 */
export function guardedLookup(resolver: Resolve = resolve): LookupFunction {
  return (host, options, done) => {
    resolver(host, { all: true }, (error, addresses) => {
      if (error) return done(error, [])
      const hidden = addresses.find(({ address }) => !isPublicAddress(address))
      if (hidden) return done(new PrivateAddressError(host, hidden.address), [])
      const first = addresses[0]
      if (!first) return done(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), [])
      if (options.all) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

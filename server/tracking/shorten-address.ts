import { isIPv4, isIPv6 } from 'node:net'

/** Enough to tell networks apart, not people: the first three parts of an IPv4 address, the first three groups of an IPv6 one. */
export function shortenAddress(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip
  if (isIPv4(mapped)) return `${mapped.split('.').slice(0, 3).join('.')}.0`
  if (!isIPv6(mapped)) return ''
  const [head = '', tail] = mapped.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
  return `${all.slice(0, 3).join(':')}::`
}

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isIPv4 } from 'node:net'

const toNumber = (address: string): number | null => isIPv4(address) ? address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : null

/** First and last address as numbers, in order. */
type Range = { first: number, last: number, cloud: string }

/** `cloud range range …` a line, `#` before a remark. Throws, naming the line, for what is no range. */
export function readRanges(text: string): Range[] {
  return text.split('\n').flatMap((line, index) => {
    const [cloud, ...ranges] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!cloud) return []
    return ranges.map((range) => {
      const [address = '', bits = ''] = range.split('/')
      const first = toNumber(address)
      if (first === null || !/^([89]|[12]\d|3[0-2])$/.test(bits) || first % 2 ** (32 - Number(bits)) !== 0) throw new Error(`line ${index + 1}: ${range} is no range of addresses`)
      return { first, last: first + 2 ** (32 - Number(bits)) - 1, cloud }
    })
  }).toSorted((one, other) => one.first - other.first)
}

const ranges = readRanges(readFileSync(path.join(import.meta.dirname, 'datacentres.txt'), 'utf8'))

/** Whose cloud an address is in; null: none we know of. IPv4 only: clouds have no IPv6 that gates are seen with. */
export function datacentreOf(address: string): string | null {
  const number = toNumber(address.replace(/^::ffff:/i, ''))
  if (number === null) return null
  let [low, high] = [0, ranges.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]!
    if (number < range.first) high = middle - 1
    else if (number > range.last) low = middle + 1
    else return range.cloud
  }
  return null
}

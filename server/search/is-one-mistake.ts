/** Whether two words differ by at most one letter left out, added, replaced, or swapped with its neighbour. */
export function isOneMistake(one: string, other: string): boolean {
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  let end = 0
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const [here, there] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  return here.length <= 1 && there.length <= 1 || here.length === 2 && there === `${here[1]}${here[0]}`
}

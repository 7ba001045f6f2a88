/** How alike two short texts are, 0 to 1 (Winkler 1990): letters in common near the same place, more for a common beginning. */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1
  if (one === '' || other === '') return 0
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1)
  const taken = Array.from(other, () => false)
  const common: string[] = []
  for (let place = 0; place < one.length; place++) {
    for (let near = Math.max(0, place - reach); near <= Math.min(other.length - 1, place + reach); near++) {
      if (taken[near] || other[near] !== one[place]) continue
      taken[near] = true
      common.push(one[place]!)
      break
    }
  }
  if (common.length === 0) return 0
  const inOther = [...other].filter((_, place) => taken[place])
  const swapped = common.filter((letter, place) => letter !== inOther[place]).length / 2
  const jaro = (common.length / one.length + common.length / other.length + (common.length - swapped) / common.length) / 3
  let start = 0
  while (start < 4 && one[start] === other[start] && start < one.length) start++
  return jaro + start * 0.1 * (1 - jaro)
}

/** One typing mistake apart: a character changed, added, left out, or two neighbours swapped. */
export function isOneSlip(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === other[start]) start++
  const [rest, otherRest] = [one.slice(start), other.slice(start)]
  if (rest.length === otherRest.length) return rest.slice(1) === otherRest.slice(1) || (rest[0] === otherRest[1] && rest[1] === otherRest[0] && rest.slice(2) === otherRest.slice(2))
  return rest.length > otherRest.length ? rest.slice(1) === otherRest : rest === otherRest.slice(1)
}

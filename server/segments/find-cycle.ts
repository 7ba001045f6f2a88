export type SegmentLinks = { id: number, name: string, uses: number[] }

/** The segments a condition names. */
export function usedSegments(dependsOn: readonly string[]): number[] {
  return dependsOn.filter(key => key.startsWith('segment:')).map(key => Number(key.slice('segment:'.length)))
}

/** A way from the segment along what it is built on back to itself, by names; nothing when there is none. */
export function findCycle(start: SegmentLinks, others: readonly SegmentLinks[]): string[] | undefined {
  const byId = new Map(others.map(segment => [segment.id, segment]))
  byId.set(start.id, start)
  const seen = new Set<number>()
  const walk = (id: number, way: string[]): string[] | undefined => {
    const segment = byId.get(id)
    if (segment === undefined) return undefined
    for (const next of segment.uses) {
      if (next === start.id) return [...way, start.name]
      if (seen.has(next)) continue
      seen.add(next)
      const found = walk(next, [...way, byId.get(next)?.name ?? `#${next}`])
      if (found) return found
    }
    return undefined
  }
  return walk(start.id, [start.name])
}

/** How many segments lie below, along the longest chain. The links hold no cycle. */
export function depths(segments: readonly SegmentLinks[]): Map<number, number> {
  const byId = new Map(segments.map(segment => [segment.id, segment]))
  const known = new Map<number, number>()
  const depthOf = (id: number): number => {
    const before = known.get(id)
    if (before !== undefined) return before
    known.set(id, 0)
    const uses = (byId.get(id)?.uses ?? []).filter(used => byId.has(used))
    const depth = uses.length === 0 ? 0 : 1 + Math.max(...uses.map(depthOf))
    known.set(id, depth)
    return depth
  }
  for (const segment of segments) depthOf(segment.id)
  return known
}

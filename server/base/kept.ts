const maps: Map<unknown, unknown>[] = []

/** A map of what this process keeps in memory of its database, by ids of it. */
export function keptMap<Key, Value>(): Map<Key, Value> {
  const map = new Map<Key, Value>()
  maps.push(map as Map<unknown, unknown>)
  return map
}

/** The same ids mean something else in another database. */
export const forgetKept = (): void => { for (const map of maps) map.clear() }

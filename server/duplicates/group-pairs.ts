import type { Db } from '../base/db.ts'
import { connectedPairs, differencesAmong, writeGroups, type Edge } from './group-edges.sql.ts'
import type { PairOfCards } from './find-candidates.sql.ts'

/** One merge takes as many. */
export const mostInGroup = 11

/** Of these cards and of all that hang together with them, the groups are written anew. A second run changes nothing. */
export async function regroup(tx: Db, ids: number[]): Promise<void> {
  const pairs = await connectedPairs(tx, ids)
  if (pairs.length === 0) return
  const different = await differencesAmong(tx, [...new Set(pairs.flatMap(pair => [pair.contact_id, pair.other_id]))])
  await writeGroups(tx, groupPairs(pairs, different))
}

/**
 * Which pairs are one group: the surest first, each joins the groups of its two cards, unless that would bring two together
 * whom somebody told apart, or more than one merge can take. Such a pair stays by itself (null). Pure.
 */
export function groupPairs(pairs: Edge[], different: PairOfCards[]): (PairOfCards & { group_id: number | null })[] {
  const groups = new Map<number, Set<number>>()
  const groupOf = (id: number): Set<number> => groups.get(id) ?? new Set([id])
  const apart = new Map<number, Set<number>>()
  for (const { contact_id, other_id } of different) for (const [one, other] of [[contact_id, other_id], [other_id, contact_id]] as const) apart.set(one, (apart.get(one) ?? new Set()).add(other))
  for (const { contact_id, other_id } of pairs.toSorted(surest)) {
    const [own, others] = [groupOf(contact_id), groupOf(other_id)]
    const together = new Set([...own, ...others])
    const toldApart = [...own].some(one => [...others].some(other => apart.get(one)?.has(other)))
    if (toldApart || together.size > mostInGroup) continue
    for (const id of together) groups.set(id, together)
  }
  return pairs.map(({ contact_id, other_id }) => ({ contact_id, other_id, group_id: groupOf(contact_id).has(other_id) ? Math.min(...groupOf(contact_id)) : null }))
}

const surest = (one: Edge, other: Edge): number => (one.level === other.level ? 0 : one.level === 'certain' ? -1 : 1) || other.score - one.score || one.contact_id - other.contact_id || one.other_id - other.other_id

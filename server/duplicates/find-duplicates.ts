import type { DuplicateCard, DuplicateLevel, DuplicateReason } from '../../shared/duplicates.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { compareCards } from './compare-cards.ts'
import { differentAmong } from './differences.sql.ts'
import { blocksOf, blocksOfTyped, comparablesOf, mailboxOf, roughlyHowMany, whyHeld, type Block, type PairOfCards, type Typed } from './find-candidates.sql.ts'
import { cardsOf, holdFinder, nextContacts, replacePairs, takeQueued, type FoundPair } from './pairs.sql.ts'
import { mostInBlock, mostNamesakes } from './weights.ts'

/** `upto`: the last contact looked at in the check of all that goes on; null: none does. */
export type Check = { upto: number | null, checked_at: string | null }
const checkKey = 'duplicates_check'
const contactsAtOnce = 1000

export const readCheck = async (db: Db): Promise<Check> => await readSetting<Check>(db, checkKey) ?? { upto: 0, checked_at: null }

/** All contacts are compared anew, from the first on. */
export async function checkAll(tx: Db): Promise<void> {
  await writeSetting(tx, checkKey, { ...await readCheck(tx), upto: 0 })
  await notify(tx, 'duplicates')
  await touch(tx, 'duplicates')
}

/**
 * The loop: cards that were changed first, then the next of the check of all, a thousand at a time, each in one
 * transaction: a crash loses one such part. True: more is to be done.
 */
export async function findDuplicates(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    if (!await holdFinder(tx)) return false
    const now = app.now()
    const changed = await takeQueued(tx, contactsAtOnce)
    if (changed.length > 0) {
      await replacePairs(tx, changed, await findPairs(tx, changed, false), now, false)
      await touch(tx, 'duplicates')
      return true
    }
    const check = await readCheck(tx)
    if (check.upto === null) return false
    const ids = await nextContacts(tx, check.upto, contactsAtOnce)
    if (ids.length > 0) await replacePairs(tx, ids, await findPairs(tx, ids, true), now, true)
    await writeSetting(tx, checkKey, ids.length > 0 ? { ...check, upto: ids.at(-1)! } : { upto: null, checked_at: now.toISOString() } satisfies Check)
    await touch(tx, 'duplicates')
    return ids.length > 0
  })
}

/** Pairs of these cards with others; `earlierOnly`: with older ones, as the check of all comes by the younger, too. */
async function findPairs(tx: Db, ids: number[], earlierOnly: boolean): Promise<FoundPair[]> {
  const blocks = await blocksOf(tx, ids)
  const namesakes = countNamesakes(blocks)
  const candidates = new Map<string, PairOfCards & { namesakes: number }>()
  for (const { contact_id: id, is_name, ids: others } of blocks) {
    if (others.length > (is_name ? mostNamesakes : mostInBlock)) continue
    for (const other of others) {
      if (other === id || earlierOnly && other > id) continue
      const pair = { contact_id: Math.min(id, other), other_id: Math.max(id, other) }
      candidates.set(keyOf(pair), { ...pair, namesakes: namesakes.get(id) ?? 1 })
    }
  }
  if (candidates.size === 0) return []
  const different = await differentAmong(tx, [...candidates.values()])
  const cards = await comparablesOf(tx, [...new Set([...candidates.values()].flatMap(pair => [pair.contact_id, pair.other_id]))])
  const many = await roughlyHowMany(tx)
  const found = [...candidates.values()].flatMap(({ contact_id, other_id, namesakes: called }) => {
    if (different.has(keyOf({ contact_id, other_id }))) return []
    const { score, level, reasons } = compareCards(cards.get(contact_id)!, cards.get(other_id)!, { cards: many, namesakes: called })
    return level === null ? [] : [{ contact_id, other_id, score, level, reasons, held_because: null as string | null }]
  })
  const held = await whyHeld(tx, found.filter(({ level }) => level === 'certain'))
  return found.map(pair => ({ ...pair, held_because: held.get(keyOf(pair)) ?? null }))
}

const keyOf = ({ contact_id, other_id }: PairOfCards): string => `${contact_id}-${other_id}`
const countNamesakes = (blocks: Block[]): Map<number, number> => new Map(blocks.filter(block => block.is_name).map(block => [block.contact_id, block.ids.length]))

/** Who in the base may be the person who is being typed in, the surest first; at most five. */
export async function findLike(db: Db, typed: Typed, without: number | null): Promise<{ card: DuplicateCard, score: number, level: DuplicateLevel, reasons: DuplicateReason[] }[]> {
  const blocks = await blocksOfTyped(db, typed)
  const ids = [...new Set(blocks.filter(({ is_name, ids: others }) => others.length <= (is_name ? mostNamesakes : mostInBlock)).flatMap(block => block.ids))].filter(id => id !== without)
  if (ids.length === 0) return []
  const [comparables, many, mailbox] = await Promise.all([comparablesOf(db, ids), roughlyHowMany(db), typed.email === null ? null : mailboxOf(db, typed.email)])
  const namesakes = (countNamesakes(blocks).get(0) ?? 0) + 1
  const found = [...comparables].flatMap(([id, card]) => {
    const { score, level, reasons } = compareCards({ ...typed, mailbox, address: null, postcode: null }, card, { cards: many, namesakes })
    return level === null ? [] : [{ id, score, level, reasons }]
  }).toSorted((one, other) => other.score - one.score).slice(0, 5)
  const cards = await cardsOf(db, found.map(({ id }) => id))
  return found.flatMap(({ id, ...rest }) => cards.has(id) ? [{ ...rest, card: cards.get(id)! }] : [])
}

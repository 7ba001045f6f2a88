import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { copyHungRows, type Moved } from '../base/hung-rows.sql.ts'
import { touchAll } from '../base/live.ts'
import { joinConsentStates, type JoinedStates } from '../consent/join-consents.sql.ts'
import { suppress, suppressionsOf } from '../consent/suppressions.sql.ts'
import { eraseCard } from '../contacts/erase-contact.sql.ts'
import { standFor } from '../contacts/merged-contacts.sql.ts'
import { chosenColumns, giveIdentities, holdCards, identitiesOf, insertMerge, joinAct, rememberMoved, writeCardRow, type CardRow, type Identity } from '../contacts/merges.sql.ts'
import { moveTestMails } from '../delivery/move-test-mails.sql.ts'
import { unsayDifferent } from '../duplicates/differences.sql.ts'
import { differencesAmong } from '../duplicates/group-edges.sql.ts'
import { forgetPairsOf } from '../duplicates/pairs.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { moveInboundMails } from '../inbound/inbound-mails.sql.ts'
import { endDoubledEnrolments, journeysOf, type EndedEnrolment } from '../journeys/join-enrolments.sql.ts'
import { isMailLeaving, skipDoubledMails } from '../messages/join-messages.sql.ts'
import { isCallUnderWay } from '../webhooks/join-calls.sql.ts'
import { dependedOn } from '../segments/depended-on.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { hungTables } from './hung-tables.ts'
import { rebuildContacts } from './rebuild-rollups.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

/** What a merge remembers of the card that went, for undoing. */
export type Remembered = {
  identities: Identity[], tables: Record<string, Moved>, consents: JoinedStates, ended: EndedEnrolment[]
  suppressed: string[], inbound_mails: number[], test_mails: number[]
}
/** `run`: many pairs are merged in one go, perhaps by the program itself, for these reasons. */
export type Merging = {
  into: number, from: number[], fields: Record<string, number>, by: number | null
  run?: { id: number, automatic: boolean, because: unknown }
}

/**
 * Makes one card of several: `into` stays, those of `from` go, and everything that hung on them hangs on it. Out: the
 * merges, one for each card that went. All or nothing; the cards are held, so events, senders and journeys wait or come
 * after. Throws 404 for a card that is not there, 409 `mail_leaving`
 * while something of theirs is on its way out, 409 `told_apart` when two of more than two are different people, 422.
 */
export async function mergeContacts(app: App, merging: Merging): Promise<number[]> {
  const now = app.now()
  assertMerging(merging)
  await ensureMonths(app, [now])
  return untilNoDeadlock(() => withTransaction(app.db, async tx => {
    const ids = [merging.into, ...merging.from]
    const cards = await holdCards(tx, ids)
    for (const id of ids) if (!cards.has(id)) throw notFound(`contact ${id}`)
    await assertNothingUnderWay(tx, ids)
    if (merging.from.length > 1) await assertNobodyToldApart(tx, ids)
    const keys = await keysOf(tx, ids)
    await unsayDifferent(tx, ids)
    let card = cards.get(merging.into)!
    const merges: number[] = []
    let fields = merging.fields
    for (const from of merging.from) {
      const id = await insertMerge(tx, { into: card, from: cards.get(from)!, by: merging.by, run: merging.run ?? null, now })
      card = await mergeOne(tx, id, { into: card, from: cards.get(from)!, fields, now })
      // What was chosen from a card that is merged is on the card that stays: also where that is nothing.
      fields = Object.fromEntries(Object.entries(fields).map(([field, chosen]) => [field, chosen === from ? merging.into : chosen]))
      merges.push(id)
    }
    if (merges.length > 1) await joinAct(tx, merges)
    await rebuildContacts(tx, [card.id])
    const events = await insertEvents(tx, merging.from.map((from_id, index) => mergeEvent('contact.merged', card.id, { merge_id: merges[index], from_id }, merging.run?.automatic ? 'automatic' : merging.by, now)), now)
    await applyChanges(tx, app, [{ contact_id: card.id, keys: [...keys, 'event:contact.merged'], events }], now)
    // Computed fields follow what the card says now.
    await saveContactsAndFollow(app, tx, [{ id: card.id }], { now, by: 'formula', mode: 'overwrite' })
    await touchAll(tx, [...merging.from.map(from => `contact:${from}`), 'merges'])
    return merges
  }))
}

function assertMerging({ into, from, fields }: Merging): void {
  if (from.includes(into)) throw invalid([{ field: 'from', message: 'a card cannot be merged with itself' }])
  if (new Set(from).size < from.length) throw invalid([{ field: 'from', message: 'a card is named twice' }])
  const strange = Object.entries(fields).find(([, id]) => id !== into && !from.includes(id))
  if (strange) throw invalid([{ field: `fields.${strange[0]}`, message: 'this card is not among those that are merged' }])
}

/** Two cards chosen by hand are merged whatever was said; in a group, somebody told apart would be merged unnoticed. */
async function assertNobodyToldApart(tx: Db, ids: number[]): Promise<void> {
  const [pair] = await differencesAmong(tx, ids)
  if (pair !== undefined) throw conflict('told_apart', `Cards ${pair.contact_id} and ${pair.other_id} were said to be different people. Leave one of them out, or take that back first.`)
}

/** What has left our hands is marked by the number of the contact: it must come back first. */
export async function assertNothingUnderWay(tx: Db, ids: number[]): Promise<void> {
  if (await isMailLeaving(tx, ids) || await isCallUnderWay(tx, ids)) throw conflict('mail_leaving', 'A mail or a webhook of one of these people is leaving at this moment. Try again in a minute.')
}

export const mergeEvent = (type: 'contact.merged' | 'contact.unmerged', contact_id: number, properties: Record<string, unknown>, by: number | 'automatic' | null, now: Date) => ({
  contact_id, type, occurred_at: now, properties: { ...properties, by: nameOf(by) }, source: nameOf(by), message_id: null, campaign_id: null, journey_id: null,
})

const nameOf = (by: number | 'automatic' | null): string => by === null ? 'api' : by === 'automatic' ? 'duplicates' : `user:${by}`

/** Everything may be different for a card that was merged: what segments depend on, and what journeys may wait for. */
export async function keysOf(tx: Db, ids: number[]): Promise<string[]> {
  const journeys = (await journeysOf(tx, ids)).map(id => `journey:${id}`)
  return [...new Set([...await dependedOn(tx), ...journeys, 'tag', 'consent', 'lead', 'deal', 'coupon', ...chosenColumns.map(column => `field:${column.replace(/_id$/, '')}`)])]
}

async function mergeOne(tx: Db, mergeId: number, { into, from, fields, now }: { into: CardRow, from: CardRow, fields: Record<string, number>, now: Date }): Promise<CardRow> {
  const identities = await identitiesOf(tx, from.id)
  const suppressed = await carrySuppressions(tx, mergeId, [...identities, ...await identitiesOf(tx, into.id)], now)
  await skipDoubledMails(tx, from.id, into.id)
  const ended = await endDoubledEnrolments(tx, from.id, into.id, now)
  const tables: Record<string, Moved> = {}
  for (const hung of hungTables) tables[hung.table] = await copyHungRows(tx, hung, from.id, into.id)
  const consents = await joinConsentStates(tx, from.id, into.id)
  const remembered: Remembered = {
    identities, tables, consents, ended, suppressed,
    inbound_mails: await moveInboundMails(tx, { from: from.id, into: into.id }), test_mails: await moveTestMails(tx, { from: from.id, into: into.id }),
  }
  await giveIdentities(tx, identities, from.id, into.id)
  // Those of the card that stays are found anew, by what it is now.
  for (const id of [from.id, into.id]) await forgetPairsOf(tx, id)
  await eraseCard(tx, from.id)
  await standFor(tx, from.id, into.id, mergeId)
  const card = await writeCardRow(tx, mergedCard(into, from, fields), now)
  await rememberMoved(tx, mergeId, remembered, card)
  return card
}

/** Who complained, or whom staff chose not to write to, is written to at none of their addresses. Out: the addresses it is new for. */
async function carrySuppressions(tx: Db, mergeId: number, identities: Identity[], now: Date): Promise<string[]> {
  const emails = identities.filter(identity => identity.kind === 'email').map(identity => identity.value)
  const known = await suppressionsOf(tx, emails)
  if (![...known.values()].some(one => one.reason === 'complaint' || one.reason === 'manual')) return []
  return suppress(tx, emails.filter(email => !known.has(email)).map(email => ({ email, reason: 'manual' as const, detail: detailOfMerge(mergeId) })), now)
}
export const detailOfMerge = (mergeId: number): string => `merge:${mergeId}`

/** The chosen value, else that of the card that stays, else the other's; made when the older of them was. */
function mergedCard(into: CardRow, from: CardRow, fields: Record<string, number>): CardRow {
  const pick = <T>(field: string, own: T, other: T): T => fields[field] === from.id ? other : fields[field] === into.id ? own : own ?? other
  const keys = [...new Set([...Object.keys(into.fields), ...Object.keys(from.fields)])]
  const own = keys.map(key => [key, pick(`fields.${key}`, into.fields[key] ?? null, from.fields[key] ?? null)] as const)
  return {
    ...into,
    ...Object.fromEntries(chosenColumns.map(column => [column, pick<CardRow[typeof column]>(column.replace(/^(company|owner)_id$/, '$1'), into[column], from[column])])),
    fields: Object.fromEntries(own.filter(([, value]) => value !== null)),
    created_at: Date.parse(from.created_at) < Date.parse(into.created_at) ? from.created_at : into.created_at,
  }
}

const mostAttempts = 4
/** A sender takes mails before contacts, a merge the other way round: one of them is told to begin again. */
export async function untilNoDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01' || attempt === mostAttempts) throw error
    }
  }
}

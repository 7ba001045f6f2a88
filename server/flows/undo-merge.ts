import { daysToUndoMerge } from '../../shared/merges.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { copyBackHungRows, removeCopied } from '../base/hung-rows.sql.ts'
import { touchAll } from '../base/live.ts'
import { splitConsentStates } from '../consent/join-consents.sql.ts'
import { liftSuppressions } from '../consent/suppressions.sql.ts'
import { standAlone } from '../contacts/merged-contacts.sql.ts'
import { chosenColumns, forgetMergesBefore, giveIdentities, holdCards, holdMerge, identitiesOf, insertCardRow, mergesOfAct, setUndone, writeCardRow, type CardRow, type Identity } from '../contacts/merges.sql.ts'
import { moveTestMails } from '../delivery/move-test-mails.sql.ts'
import { sayDifferent } from '../duplicates/differences.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { moveInboundMails } from '../inbound/inbound-mails.sql.ts'
import { reviveEnrolments } from '../journeys/join-enrolments.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { hungTables } from './hung-tables.ts'
import { assertNothingUnderWay, detailOfMerge, keysOf, mergeEvent, untilNoDeadlock, type Remembered } from './merge-contacts.ts'
import { rebuildContacts } from './rebuild-rollups.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

const daysInMilliseconds = 86_400_000

/**
 * The card that went is there again under its number, with all that was moved from it; what happened since stays with the
 * card it was merged into. Fields of that card go back where nobody changed them. Throws 404, 409 `undone`, `too_late`, `merged_again`,
 * `mail_leaving`.
 */
export async function undoMerge(app: App, mergeId: number, by: number | null): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await untilNoDeadlock(() => withTransaction(app.db, async tx => {
    const merge = await holdMerge<Remembered>(tx, mergeId)
    if (merge === undefined) throw notFound('merge')
    if (merge.undone_at !== null) throw conflict('undone', 'This merge was undone already.')
    const { into_id: into, from_id: from, moved, from_card, into_before, into_after } = merge
    if (moved === null || from_card === null || into_before === null || into_after === null || now.getTime() - merge.merged_at.getTime() > daysToUndoMerge * daysInMilliseconds) throw conflict('too_late', `A merge can be undone for ${daysToUndoMerge} days.`)
    const card = (await holdCards(tx, [into])).get(into)
    if (card === undefined) throw conflict('merged_again', 'The card has been merged into another since. Undo that merge first.')
    await assertNothingUnderWay(tx, [into])
    await standAlone(tx, from)
    await insertCardRow(tx, { ...from_card, email: null, phone: null, external_id: null }, now)
    await giveIdentities(tx, moved.identities, into, from)
    await moveRowsBack(tx, moved, from, into)
    await splitConsentStates(tx, moved.consents, from, into, merge.merged_at)
    await reviveEnrolments(tx, moved.ended)
    await liftSuppressions(tx, moved.suppressed, detailOfMerge(mergeId))
    await moveInboundMails(tx, { from: into, into: from, only: moved.inbound_mails })
    await moveTestMails(tx, { from: into, into: from, only: moved.test_mails })
    await writeCardRow(tx, withOwnIdentities(from_card, await identitiesOf(tx, from)), now)
    await writeCardRow(tx, withOwnIdentities(cardBefore(card, into_before, into_after), await identitiesOf(tx, into)), now)
    await setUndone(tx, mergeId, by, now)
    // Who was told apart is not merged again by itself a moment later.
    await sayDifferent(tx, into, from, by, now)
    await rebuildContacts(tx, [from, into].toSorted((one, other) => one - other))
    const keys = await keysOf(tx, [from, into])
    const events = await insertEvents(tx, [mergeEvent('contact.unmerged', into, { merge_id: mergeId, from_id: from }, by, now), mergeEvent('contact.unmerged', from, { merge_id: mergeId, into_id: into }, by, now)], now)
    await applyChanges(tx, app, [into, from].map(contact_id => ({ contact_id, keys: [...keys, 'event:contact.unmerged'], events: events.filter(event => event.contact_id === contact_id) })), now)
    // Computed fields follow what the card says now.
    await saveContactsAndFollow(app, tx, [{ id: into }, { id: from }], { now, by: 'formula', mode: 'overwrite' })
    await touchAll(tx, ['merges'])
  }))
}

/** Every merge of the act this one was part of is undone, in one transaction: all or nothing. Throws as undoMerge does. */
export async function undoAct(app: App, mergeId: number, by: number | null): Promise<void> {
  await withTransaction(app.db, async tx => {
    const merges = await mergesOfAct(tx, mergeId)
    if (merges.length === 0) return undoMerge({ ...app, db: tx }, mergeId, by)
    for (const merge of merges) await undoMerge({ ...app, db: tx }, merge.id, by)
    // Nor are those that went together one person by themselves.
    for (const [index, one] of merges.entries()) for (const other of merges.slice(index + 1)) await sayDifferent(tx, one.from_id, other.from_id, by, app.now())
  })
}

async function moveRowsBack(tx: Db, moved: Remembered, from: number, into: number): Promise<void> {
  const back = new Map<string, Record<string, unknown>[]>()
  for (const hung of hungTables) {
    const own = moved.tables[hung.table] ?? { moved: [], kept: [], changed: [] }
    back.set(hung.table, await copyBackHungRows(tx, hung, own, hung.belongsTo ? back.get(hung.belongsTo.table) ?? [] : [], from, into))
  }
  for (const hung of hungTables.toReversed()) await removeCopied(tx, hung, back.get(hung.table)!, into)
}

/** Each field as it was before the merge, unless it was changed after it. */
function cardBefore(now: CardRow, before: CardRow, after: CardRow): CardRow {
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
  const keys = [...new Set([now, before, after].flatMap(card => Object.keys(card.fields)))]
  const own = keys.map(key => [key, same(now.fields[key], after.fields[key]) ? before.fields[key] : now.fields[key]] as const)
  return {
    ...now,
    ...Object.fromEntries(chosenColumns.map(column => [column, same(now[column], after[column]) ? before[column] : now[column]])),
    fields: Object.fromEntries(own.filter(([, value]) => value !== undefined && value !== null)),
    created_at: before.created_at,
  }
}

/** A card names only identities that are its own: one may have been given to somebody else since. */
function withOwnIdentities(card: CardRow, identities: Identity[]): CardRow {
  const own = (kind: Identity['kind']): string | null => {
    const values = identities.filter(identity => identity.kind === kind).map(identity => identity.value)
    return card[kind] !== null && values.includes(card[kind]) ? card[kind] : values[0] ?? null
  }
  return { ...card, email: own('email'), phone: own('phone'), external_id: own('external_id') }
}

/** A loop: what merges remember of people goes when they cannot be undone any more. */
export async function forgetMerges(app: App): Promise<boolean> {
  await forgetMergesBefore(app.db, new Date(app.now().getTime() - daysToUndoMerge * daysInMilliseconds))
  return false
}

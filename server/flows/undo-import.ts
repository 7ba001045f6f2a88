import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { computedNames } from '../contacts/custom-fields.sql.ts'
import { eraseCard } from '../contacts/erase-contact.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { liftImported } from '../consent/suppressions.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { removeImportedEvents, removeWaitingOfImport } from '../events/remove-imported.sql.ts'
import { fieldCauses } from '../events/rollup-fields.ts'
import { deleteRecords, nextRecords } from '../imports/import-records.sql.ts'
import { deleteChanges, deleteParts, holdImport, nextChanges, setState, standingConsents, untouchedSince, type CardChange, type ImportRow } from '../imports/imports.sql.ts'
import { keptSettings } from '../imports/inspect-file.ts'
import { cardFieldsNow } from '../imports/cards-now.sql.ts'
import { applyChanges, type Change } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { changeTags } from './change-tags.ts'
import { sourceOf } from './import-deals.ts'
import { takeOutOfSegments } from './import-into-segment.ts'
import { takeBackLeads } from './import-leads.ts'
import { rebuildContacts } from './rebuild-rollups.ts'
import { saveCards } from './save-contacts.ts'
import { undoCompanies, undoDeals } from './undo-records.ts'

const contactsAtOnce = 500

/**
 * Takes back what an import did, some contacts a transaction: cards it made go, unless something else has happened to
 * them since; changed fields get their old values where nobody changed them after; tags, purchases and consents go;
 * who was put into a static segment comes out of it.
 */
export async function undoChunk(app: App, id: number): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(app.db, async tx => {
    const held = await holdImport(tx, id)
    if (held?.state !== 'undoing') return false
    await removeWaitingOfImport(tx, id)
    const records = await undoRecords(app, tx, held, now)
    const changes = records > 0 ? [] : await nextChanges(tx, id, contactsAtOnce)
    const lifted = keptSettings(held).kind === 'suppressions' ? await liftImported(tx, `import:${id}`, 10 * contactsAtOnce) : 0
    if (records + changes.length + lifted === 0) {
      await setState(tx, id, 'undone', { finished_at: now })
      await deleteParts(tx, id)
      await touch(tx, 'imports')
    } else if (changes.length > 0) {
      await undo(tx, app, id, held.name, changes, now)
    }
    await touch(tx, `import:${id}`)
    return records + changes.length + lifted > 0
  })
}

/** Companies and deals go before the people they are of. How many were looked at. */
async function undoRecords(app: App, tx: Db, held: ImportRow, now: Date): Promise<number> {
  const records = await nextRecords(tx, held.id, contactsAtOnce)
  if (records.length === 0) return 0
  const { kind, options } = keptSettings(held)
  if (kind === 'companies') await undoCompanies(tx, held.id, records, now)
  else await undoDeals(app, tx, held.id, sourceOf({ options }), records, now)
  await deleteRecords(tx, held.id, records.map(record => record.record_id))
  return records.length
}

async function undo(tx: Db, app: App, id: number, name: string, changes: CardChange[], now: Date): Promise<void> {
  const there = await lockContacts(tx, changes.map(change => change.contact_id))
  const standing = changes.filter(change => there.has(change.contact_id))
  await deleteChanges(tx, id, changes.map(change => change.contact_id))
  const unlead = await takeBackLeads(tx, id, standing.map(change => change.contact_id))
  const untouched = await untouchedSince(tx, id, standing.filter(change => change.created).map(change => change.contact_id))
  for (const contactId of untouched) await eraseCard(tx, contactId)

  const kept = standing.filter(change => !untouched.has(change.contact_id))
  const ids = kept.map(change => change.contact_id)
  const withdrawn = await withdraw(tx, id, name, ids, now)
  const removed = await removeImportedEvents(tx, id, ids)
  if (removed.size > 0) await rebuildContacts(tx, [...removed.keys()])
  const restored = await restore(tx, id, kept.filter(change => !change.created), now)
  const told = [...removed].map(([contact_id, types]): Change => ({ contact_id, keys: [...types.flatMap(keysOf), 'field:last_event_at', 'field:engagement_score'], events: [] }))
  const takenOut = await takeOutOfSegments(tx, id, kept, now)
  await applyChanges(tx, app, [...withdrawn, ...restored, ...told, ...takenOut, ...unlead.filter(change => !untouched.has(change.contact_id))], now)
  const tags = kept.flatMap(change => change.tags.map(tag_id => ({ contact_id: change.contact_id, tag_id })))
  if (tags.length > 0) await changeTags(app, tx, { add: [], remove: tags }, { now, by: `import:${id}` })
}

/** What a condition may stand on that an event of the type was counted in. */
const keysOf = (type: string): string[] => [`event:${type}`, ...fieldCauses.flatMap(cause => cause.type === type ? [`field:${cause.field}`] : [])]

/** By a new entry in the ledger: what was recorded is never removed. */
async function withdraw(tx: Db, id: number, name: string, contactIds: number[], now: Date): Promise<Change[]> {
  const consents = (await standingConsents(tx, id, contactIds)).map((given): NewConsent => ({
    ...given, action: 'withdrawn', wording: `The import “${name}” that gave this consent was undone`, source: `import:${id}`, occurred_at: now,
  }))
  const changed = await recordConsents(tx, consents)
  const events = await insertEvents(tx, subscriptionEvents(consents, changed, {}), now)
  return changesOfEvents(changed.map(change => change.contact_id), events)
}

async function restore(tx: Db, id: number, changes: CardChange[], now: Date): Promise<Change[]> {
  const computed = await computedNames(tx)
  const cards = await cardFieldsNow(tx, changes.map(change => change.contact_id))
  const inputs = changes.flatMap((change): ContactInput[] => {
    const now = cards.get(change.contact_id)
    if (now === undefined) return []
    const unchanged = Object.keys(change.after).filter(field => !computed.has(field) && JSON.stringify(now[field] ?? null) === JSON.stringify(change.after[field] ?? null))
    if (unchanged.length === 0) return []
    const own = Object.fromEntries(unchanged.filter(field => !field.startsWith('fields.')).map(field => [field, change.before[field] ?? null]))
    const custom = Object.fromEntries(unchanged.filter(field => field.startsWith('fields.')).map(field => [field.slice(7), (change.before[field] ?? null) as FieldValue]))
    return [{ id: change.contact_id, ...own, ...(Object.keys(custom).length > 0 ? { fields: custom } : {}) }]
  })
  return (await saveCards(tx, inputs, { now, by: `import:${id}`, mode: 'overwrite' })).changes
}


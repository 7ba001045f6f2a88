import type { ContactInput } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { identityKinds } from '../contacts/check-input.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import type { Outcome, Saved } from '../contacts/save-contacts.sql.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { identityOwners, type IdentityOwner } from '../imports/cards-now.sql.ts'
import { insertChanges, insertRejections, type CardChange, type Rejection } from '../imports/imports.sql.ts'
import type { ContactRow } from '../imports/read-rows.ts'
import type { ImportOptions, UpdateRule } from '../../shared/imports.ts'
import { applyChanges, type Change } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { putIntoSegment } from './import-into-segment.ts'
import { leadsOfImport } from './import-leads.ts'
import { saveCards } from './save-contacts.ts'

/** `dry`: nothing that others would have to wait for is touched; the transaction is taken back anyway. */
export type Importing = { id: number, name: string, options: ImportOptions, phoneCountry: string, /** of the columns of the file, by where they go */ rules: Record<string, UpdateRule>, dry?: boolean }
export type Done = { contacts_created: number, contacts_updated: number, events_created: number, rows_rejected: number, rows_unchanged: number, /** companies, deals */ records_updated: number, /** orders, events, consents, addresses, companies, deals that were there just like this */ records_known: number }

/**
 * Rows about people in; their cards, tags, consents and everything that follows, in one transaction. What does not fit
 * is left out and reported; a row is refused only when nobody can be recognised by it.
 */
export async function importContacts(tx: Db, app: App, importing: Importing, rows: ContactRow[], now: Date): Promise<Done> {
  const source = `import:${importing.id}`
  const rejections: Rejection[] = []
  const refuse = (row: ContactRow, field: string, reason: string, kept: boolean): void => { rejections.push({ line: row.row.line, field, reason, kept, row: row.row.cells }) }
  for (const row of rows) if (row.errors[0]) refuse(row, row.errors[0].field, row.errors[0].message, !row.refused)

  const wanted = rows.filter(row => !row.refused)
  const inputs = await keepPeopleApart(tx, importing, wanted, await complete(tx, importing, wanted), refuse)
  const { saved, changes } = await saveWhatFits(tx, wanted, inputs, { now, by: source, mode: importing.options.update, rules: importing.rules }, refuse)
  const segment = await putIntoSegment(tx, importing, saved.map(({ outcome }) => outcome.contact_id), now)
  const leads = await leadsOfImport(tx, importing, saved.map(({ outcome }) => outcome.contact_id), now)
  await insertChanges(tx, importing.id, [...saved.map(({ outcome }) => cardChange(outcome, segment.put.get(outcome.contact_id))), ...leads.owned.map(outcome => cardChange(outcome))])
  await insertRejections(tx, importing.id, rejections)
  const consented = await keepConsents(tx, importing, saved, now)
  if (importing.dry !== true) await applyChanges(tx, app, [...changes, ...consented, ...segment.changes, ...leads.changes], now)

  const created = new Set(saved.filter(({ outcome }) => outcome.created).map(({ outcome }) => outcome.contact_id))
  const updated = new Set(saved.filter(({ outcome }) => !created.has(outcome.contact_id) && outcome.changed.length > 0).map(({ outcome }) => outcome.contact_id))
  const refused = rejections.filter(rejection => !rejection.kept).length
  return {
    contacts_created: created.size, contacts_updated: updated.size, events_created: 0, records_updated: 0, rows_rejected: refused, records_known: 0,
    rows_unchanged: saved.filter(({ outcome }) => outcome.changed.length === 0).length,
  }
}

/** Adds what the options say: tags for everybody, the source for new people only. */
async function complete(tx: Db, { id, options, phoneCountry }: Importing, rows: ContactRow[]): Promise<ContactInput[]> {
  const known = options.source === '' ? [] : await findContacts(tx, rows.map(({ input }) => ({
    external_id: input.external_id ? normaliseExternalId(input.external_id) : null,
    email: input.email ? normaliseEmail(input.email) : null,
    phone: input.phone ? normalisePhone(input.phone, phoneCountry) : null,
  })))
  return rows.map(({ input }, index) => ({
    ...input,
    ...(options.tags.length > 0 || input.tags ? { tags: [...input.tags ?? [], ...options.tags] } : {}),
    ...(options.source !== '' && !input.source && known[index] === null ? { source: options.source } : {}),
    import_id: id,
  }))
}

/**
 * Rows that only seem to be about somebody known, so that nobody's card is overwritten with another's data. A phone may
 * be shared by a family; numbers of customers of two programs may be the same. A phone of somebody with another email (or,
 * without one, another number), and a number of somebody with both another email and another name, are left out.
 */
async function keepPeopleApart(tx: Db, { phoneCountry }: Importing, rows: ContactRow[], inputs: ContactInput[], refuse: (row: ContactRow, field: string, reason: string, kept: boolean) => void): Promise<ContactInput[]> {
  const read = inputs.map(input => ({
    phone: input.phone && (input.email || input.external_id) ? normalisePhone(input.phone, phoneCountry) : null,
    email: input.email ? normaliseEmail(input.email) : null,
    external_id: input.external_id && input.email ? normaliseExternalId(input.external_id) : null,
    name: [input.first_name, input.last_name].filter(Boolean).join(' '),
  }))
  const owners = {
    external_id: await identityOwners(tx, 'external_id', [...new Set(read.flatMap(one => one.external_id ?? []))]),
    phone: await identityOwners(tx, 'phone', [...new Set(read.flatMap(one => one.phone ?? []))]),
  }
  return inputs.map((input, index) => {
    const row = read[index]!
    const otherEmail = (owner: IdentityOwner): boolean => row.email !== null && owner.email !== null && owner.email !== row.email
    const isOther = {
      external_id: (owner: IdentityOwner) => otherEmail(owner) && owner.name !== '' && row.name !== '' && simple(owner.name) !== simple(row.name),
      phone: (owner: IdentityOwner) => otherEmail(owner) || ((row.email === null || owner.email === null) && input.external_id != null && owner.external_id !== null && owner.external_id !== normaliseExternalId(input.external_id)),
    }
    let kept = input
    for (const kind of ['external_id', 'phone'] as const) {
      const value = row[kind]
      if (value === null) continue
      const owner = owners[kind].get(value)
      if (owner !== undefined && isOther[kind](owner)) {
        refuse(rows[index]!, kind, `belongs to another contact${owner.id === null ? ' of this file' : ` (${owner.id})`}`, true)
        kept = without(kept, [kind])
      } else owners[kind].set(value, { id: owner?.id ?? null, email: row.email ?? owner?.email ?? null, external_id: input.external_id ? normaliseExternalId(input.external_id) : owner?.external_id ?? null, name: row.name || owner?.name || '' })
    }
    return kept
  })
}

const simple = (name: string): string => name.toLowerCase().replaceAll('ё', 'е').split(/[^\p{L}\p{N}]+/u).filter(part => part !== '').toSorted().join(' ')

/** Of a saved card, what the report and the undoing need. */
export const cardChange = (outcome: Saved, put: CardChange['put'] = []): CardChange => ({
  contact_id: outcome.contact_id, created: outcome.created, tags: outcome.tags_added, put: put ?? [],
  before: Object.fromEntries(Object.entries(outcome.changes).map(([name, [old]]) => [name, old])),
  after: Object.fromEntries(Object.entries(outcome.changes).map(([name, [, value]]) => [name, value])),
})

export type SavedRow = { row: ContactRow, outcome: Exclude<Outcome, { error: unknown }> }

/** What is wrong with a row is taken out of it and told; the rest is tried once more, as long as somebody can be recognised by it. */
async function saveWhatFits(tx: Db, rows: ContactRow[], inputs: ContactInput[], options: Parameters<typeof saveCards>[2], refuse: (row: ContactRow, field: string, reason: string, kept: boolean) => void): Promise<{ saved: SavedRow[], changes: Change[] }> {
  const saved: SavedRow[] = []
  const changes: Change[] = []
  let trying = rows.map((row, index) => ({ row, input: inputs[index]! }))
  for (let attempt = 1; trying.length > 0; attempt++) {
    const result = await saveCards(tx, trying.map(each => each.input), options)
    changes.push(...result.changes)
    const again: typeof trying = []
    for (const [index, each] of trying.entries()) {
      const outcome = result.outcomes[index]!
      if (!('error' in outcome)) {
        saved.push({ row: each.row, outcome })
        continue
      }
      const { field, message, all } = outcome.error
      const stripped = without(each.input, all.map(fault => fault.field))
      const canStay = attempt < 4 && identityKinds.some(kind => stripped[kind])
      refuse(each.row, field, message, canStay)
      if (canStay) again.push({ row: each.row, input: stripped })
    }
    trying = again
  }
  return { saved, changes }
}

function without(input: ContactInput, names: string[]): ContactInput {
  const bad = new Set(names)
  const kept = Object.fromEntries(Object.entries(input).filter(([name]) => !bad.has(name))) as ContactInput
  if (input.fields) kept.fields = Object.fromEntries(Object.entries(input.fields).filter(([name]) => !bad.has(`fields.${name}`)))
  return kept
}

/** Whoever has unsubscribed here stays unsubscribed, whatever an old file says. */
async function keepConsents(tx: Db, { id, options }: Importing, saved: SavedRow[], now: Date): Promise<Change[]> {
  const said = new Map<number, ContactRow['subscription']>()
  for (const { row, outcome } of saved) said.set(outcome.contact_id, row.subscription ?? said.get(outcome.contact_id) ?? null)
  const source = `import:${id}`
  const bounced = saved.filter(({ row }) => (row.subscription === 'bounced' || row.subscription === 'complained') && row.input.email)
  await suppress(tx, bounced.flatMap(({ row }) => {
    const email = normaliseEmail(row.input.email!)
    return email === null ? [] : [{ email, reason: row.subscription === 'complained' ? 'complaint' as const : 'imported' as const, detail: source }]
  }), now)

  const granting = options.consent === null ? [] : [...said].filter(([, word]) => word === null || word === 'granted').map(([contactId]) => contactId)
  const leaving = [...said].filter(([, word]) => word === 'withdrawn' || word === 'complained').map(([contactId]) => contactId)
  if (granting.length === 0 && leaving.length === 0) return []
  const states = new Map((await consentStates(tx, [...granting, ...leaving])).map(state => [`${state.contact_id}:${state.topic_id}`, state.status]))
  const topics = leaving.length === 0 ? [] : (await offeredTopics(tx)).map(topic => topic.id)
  const entry = (contact_id: number, topic_id: number, action: NewConsent['action'], wording: string): NewConsent => ({ contact_id, topic_id, action, wording, source, occurred_at: now })
  const consents = [
    ...granting.flatMap(contactId => options.consent!.topic_ids.flatMap(topicId => [undefined, 'requested'].includes(states.get(`${contactId}:${topicId}`)) ? [entry(contactId, topicId, 'granted', options.consent!.wording)] : [])),
    ...leaving.flatMap(contactId => topics.flatMap(topicId => states.get(`${contactId}:${topicId}`) === 'withdrawn' ? [] : [entry(contactId, topicId, 'withdrawn', 'Unsubscribed according to the imported file')])),
  ]
  const changed = await recordConsents(tx, consents)
  const events = await insertEvents(tx, subscriptionEvents(consents, changed, {}), now)
  return changesOfEvents(changed.map(change => change.contact_id), events)
}

import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { liftSuppressions } from '../consent/suppressions.sql.ts'
import { byAction, lastSaidBy, type ActionRow, type Before } from '../bulk/bulk-actions.sql.ts'
import { computedNames } from '../contacts/custom-fields.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { cardFieldsNow } from '../imports/cards-now.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changeStaticMembersAndFollow } from './change-static-members.ts'
import { changeTags } from './change-tags.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

type Changed = { contact_id: number, before: Before }

/**
 * What an action changed for these people is put back, unless somebody has changed it since: an address suppressed for
 * another reason meanwhile stays so, a topic left by the person themselves too. Out: whose things were put back.
 * The caller holds the contacts' rows.
 */
export async function undoForSome(tx: Db, app: App, action: ActionRow, changes: Changed[], now: Date): Promise<number[]> {
  if (changes.length === 0) return []
  const by = byAction(action)
  const ids = changes.map(change => change.contact_id)
  switch (action.action) {
    case 'suppress': case 'delete':
      await liftSuppressions(tx, changes.flatMap(change => change.before.emails ?? []), by)
      return ids
    case 'unsubscribe':
      return subscribeAgain(tx, app, by, changes, now)
    case 'tag':
      if (action.tag_id === null) return []
      return (await changeTags(app, tx, { add: [], remove: ids.map(contact_id => ({ contact_id, tag_id: action.tag_id! })) }, { now, by })).removed.map(pair => pair.contact_id)
    case 'untag':
      if (action.tag_id === null) return []
      return (await changeTags(app, tx, { add: ids.map(contact_id => ({ contact_id, tag_id: action.tag_id! })), remove: [] }, { now, by })).added.map(pair => pair.contact_id)
    case 'segment': case 'unsegment':
      if (action.segment_id === null) return []
      return [...(await changeStaticMembersAndFollow(app, tx, { segmentId: action.segment_id, contactIds: ids, action: action.action === 'segment' ? 'remove' : 'add', because: by, now })).moved]
    case 'correct': case 'set': case 'tidy_names':
      return restoreValues(tx, app, by, changes, now)
  }
}

/** By new entries in the ledger. Nobody has subscribed by this: no event says so, and no welcome follows. */
async function subscribeAgain(tx: Db, app: App, by: string, changes: Changed[], now: Date): Promise<number[]> {
  const untouched = await lastSaidBy(tx, by, changes.map(change => change.contact_id))
  const consents = changes.flatMap(({ contact_id, before }) => (before.topics ?? []).filter(({ topic_id }) => untouched.has(`${contact_id}:${topic_id}`)).map(({ topic_id, status }): NewConsent => ({
    contact_id, topic_id, action: status, wording: 'list hygiene was undone: what was said before stands again', source: by, occurred_at: now,
  })))
  const restored = [...new Set((await recordConsents(tx, consents)).map(change => change.contact_id))]
  await applyChanges(tx, app, restored.map(contact_id => ({ contact_id, keys: ['consent'], events: [] })), now)
  return restored
}

/** A field goes back to what it was where it still is what the action made of it. */
async function restoreValues(tx: Db, app: App, by: string, changes: Changed[], now: Date): Promise<number[]> {
  const computed = await computedNames(tx)
  const cards = await cardFieldsNow(tx, changes.map(change => change.contact_id))
  const standing = (id: number, field: string, made: FieldValue): boolean => {
    const value = (cards.get(id)?.[field] ?? null) as FieldValue
    return field === 'email' ? normaliseEmail(String(value ?? '')) === normaliseEmail(String(made)) : JSON.stringify(value) === JSON.stringify(made)
  }
  const inputs = changes.flatMap(({ contact_id, before }) => {
    const values = Object.entries(before.values ?? (before.email === undefined ? {} : { email: before.email })).filter(([field, [, made]]) => !computed.has(field) && standing(contact_id, field, made))
    return values.length === 0 ? [] : [inputOf(contact_id, Object.fromEntries(values.map(([field, [old]]) => [field, old])))]
  })
  const outcomes = await saveContactsAndFollow(app, tx, inputs, { now, by, mode: 'overwrite' })
  return outcomes.flatMap(outcome => 'error' in outcome ? [] : [outcome.contact_id])
}

/** Values by the names changes are told in (`city`, `fields.size`), as a card is saved. */
export function inputOf(id: number, values: Record<string, FieldValue>): ContactInput {
  const fields = Object.entries(values).filter(([name]) => name.startsWith('fields.')).map(([name, value]) => [name.slice(7), value])
  return { id, ...Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith('fields.'))), ...(fields.length > 0 ? { fields: Object.fromEntries(fields) } : {}) }
}

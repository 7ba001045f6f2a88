import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { liftSuppressions } from '../consent/suppressions.sql.ts'
import { byHygiene, lastSaidBy, type ActionRow, type Before } from '../hygiene/actions.sql.ts'
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
  const by = byHygiene(action.id)
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
    case 'segment':
      if (action.segment_id === null) return []
      return [...(await changeStaticMembersAndFollow(app, tx, { segmentId: action.segment_id, contactIds: ids, action: 'remove', because: by, now })).moved]
    case 'correct':
      return mistypeAgain(tx, app, by, changes, now)
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

async function mistypeAgain(tx: Db, app: App, by: string, changes: Changed[], now: Date): Promise<number[]> {
  const cards = await cardFieldsNow(tx, changes.map(change => change.contact_id))
  const standing = changes.filter(({ contact_id, before }) => before.email !== undefined && normaliseEmail(String(cards.get(contact_id)?.['email'] ?? '')) === normaliseEmail(before.email[1]))
  const outcomes = await saveContactsAndFollow(app, tx, standing.map(({ contact_id, before }) => ({ id: contact_id, email: before.email![0] })), { now, by, mode: 'overwrite' })
  return outcomes.flatMap(outcome => 'error' in outcome ? [] : [outcome.contact_id])
}

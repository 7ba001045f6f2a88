import type { ContactInput } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { saveContacts } from '../contacts/save-contacts.sql.ts'
import type { Outcome, SaveOptions, Saved } from '../contacts/save-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { EventRow } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'

/** Cards saved, told to their timelines, and everything that depends on them follows, all in one transaction. Runs in an open one, too. */
export async function saveContactsAndFollow(app: App, db: Db, inputs: ContactInput[], options: SaveOptions): Promise<Outcome[]> {
  if (!db.isTransaction) await ensureMonths(app, [options.now])
  return withTransaction(db, async tx => {
    const { outcomes, changes } = await saveCards(tx, inputs, options)
    await applyChanges(tx, app, changes, options.now)
    return outcomes
  })
}

/** Cards saved and told to their timelines; what follows from it is left to the caller: applyChanges with the changes. */
export async function saveCards(tx: Db, inputs: ContactInput[], options: SaveOptions): Promise<{ outcomes: Outcome[], changes: Change[] }> {
  const outcomes = await saveContacts(tx, inputs, options)
  const saved = outcomes.filter((outcome): outcome is Saved => !('error' in outcome) && outcome.changed.length > 0)
  const inputOf = new Map(outcomes.map((outcome, index) => [outcome, inputs[index]]))
  const events = await insertEvents(tx, saved.flatMap(outcome => eventsOf(outcome, inputOf.get(outcome), options)), options.now)
  const byContact = new Map<number, typeof events>()
  for (const event of events) {
    const others = byContact.get(event.contact_id)
    if (others) others.push(event)
    else byContact.set(event.contact_id, [event])
  }
  const keys = new Map<number, Set<string>>()
  for (const outcome of saved) keys.set(outcome.contact_id, new Set([...keys.get(outcome.contact_id) ?? [], ...outcome.changed]))
  const changes = [...keys].map(([contact_id, changed]) => {
    const own = byContact.get(contact_id) ?? []
    return { contact_id, keys: [...changed, ...new Set(own.map(event => `event:${event.type}`))], events: own }
  })
  return { outcomes, changes }
}

function eventsOf(outcome: Saved, input: ContactInput | undefined, { now, by }: SaveOptions): EventRow[] {
  const event = (type: string, properties: Record<string, unknown>): EventRow => ({
    contact_id: outcome.contact_id, type, occurred_at: now, properties, source: by, import_id: input?.import_id ?? null, message_id: null, campaign_id: null, journey_id: null,
  })
  const as_of = input?.as_of === undefined ? {} : { as_of: input.as_of.toISOString() }
  const changed = Object.keys(outcome.changes).length > 0
  return [
    ...(outcome.created ? [event('contact.created', { by, ...as_of })] : changed ? [event('contact.updated', { by, changes: outcome.changes, ...as_of })] : []),
    ...outcome.tags_added.map(tag_id => event('tag.added', { tag_id, by })),
  ]
}

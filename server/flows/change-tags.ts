import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { addTags, contactsWithTag, deleteTag, removeTags } from '../contacts/tags.sql.ts'
import type { TagPair } from '../contacts/tags.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'

type Options = { now: Date, by: string }
const manyAtOnce = 1000

/** Tags put on and taken off, told to the timelines, and what depends on them follows, in one transaction. Out: what that changed. A second run changes nothing. */
export async function changeTags(app: App, db: Db, { add, remove }: { add: TagPair[], remove: TagPair[] }, { now, by }: Options): Promise<{ added: TagPair[], removed: TagPair[] }> {
  if (!db.isTransaction) await ensureMonths(app, [now])
  return withTransaction(db, async tx => {
    const there = await lockContacts(tx, [...add, ...remove].map(pair => pair.contact_id))
    const added = await addTags(tx, add.filter(pair => there.has(pair.contact_id)), now)
    const removed = await removeTags(tx, remove)
    const row = (type: string) => ({ contact_id, tag_id }: TagPair) => ({ contact_id, type, occurred_at: now, properties: { tag_id, by }, source: by, message_id: null, campaign_id: null, journey_id: null })
    const events = await insertEvents(tx, [...added.map(row('tag.added')), ...removed.map(row('tag.removed'))], now)
    await applyChanges(tx, app, [...Map.groupBy(events, event => event.contact_id)].map(([contact_id, own]) => ({ contact_id, keys: ['tag', ...new Set(own.map(event => `event:${event.type}`))], events: own })), now)
    return { added, removed }
  })
}

/** Takes the tag off everybody, a thousand people a transaction, then away. false: there was none. */
export async function deleteTagEverywhere(app: App, tagId: number, options: Options): Promise<boolean> {
  let after = 0
  for (;;) {
    const ids = await contactsWithTag(app.db, tagId, after, manyAtOnce)
    if (ids.length === 0) break
    await changeTags(app, app.db, { add: [], remove: ids.map(contact_id => ({ contact_id, tag_id: tagId })) }, options)
    after = ids.at(-1)!
  }
  return deleteTag(app.db, tagId)
}

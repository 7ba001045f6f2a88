import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { staleEvent } from '../deals/deal-events.ts'
import { findUntoldStale, markStale } from '../deals/stale-deals.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'

const atOnce = 500

/**
 * The loop: deals that have stood at their stage too long are told once, as `deal.stale`, to the timeline and to their
 * manager. The mark and the event are one transaction, so neither a crash nor a second worker tells twice.
 */
export async function tellStaleDeals(app: App): Promise<boolean> {
  const now = app.now()
  const found = await findUntoldStale(app.db, atOnce, now)
  if (found.length === 0) return false
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    await lockContacts(tx, found.map(deal => deal.contact_id))
    const stale = await markStale(tx, found, now)
    if (stale.length === 0) return
    const events = await insertEvents(tx, stale.map(deal => ({ ...staleEvent(deal), occurred_at: now, source: 'program', message_id: null, campaign_id: null, journey_id: null })), now)
    await applyChanges(tx, app, [...Map.groupBy(events, event => event.contact_id)].map(([contact_id, own]) => ({ contact_id, keys: ['deal', 'event:deal.stale'], events: own })), now)
    const { language } = await readCompany(tx)
    await notifyUsers(tx, stale.flatMap(deal => deal.owner_id === null ? [] : [{
      user_id: deal.owner_id, title: language === 'ru' ? `Сделка застоялась: ${deal.title}` : `A deal has gone stale: ${deal.title}`, body: deal.stage, link: `/contacts/${deal.contact_id}`,
    }]), now)
    await touchAll(tx, ['deals'])
  })
  return found.length === atOnce
}

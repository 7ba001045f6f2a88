import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { createLeads, type CreatedLead, type NewLead } from '../leads/create-leads.sql.ts'
import { routeLeads, type Wish } from '../leads/route-leads.ts'
import { writeGiven } from '../leads/routing.sql.ts'
import type { Change } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'

export type WantedLead = Omit<NewLead, 'owner_id' | 'assigned_because'> & Pick<Wish, 'wish' | 'contact_owner'>
/** What each manager is told of the lead; the one who made it himself is not told. */
export type Telling = { title: (lead: NewLead) => string, body?: (lead: NewLead) => string, except?: number | null }

/** Leads made and given out, told to their managers (unless `telling` is null) and the timelines; what changed for applyChanges. The caller holds the contacts. */
export async function makeLeads(tx: Db, wanted: WantedLead[], telling: Telling | null, now: Date): Promise<{ leads: CreatedLead[], changes: Change[] }> {
  // Rules ask about the lead itself, so it is there before it has a manager.
  const made = await createLeads(tx, wanted.map(({ wish: _wish, contact_owner: _owner, ...lead }) => ({ ...lead, owner_id: null, assigned_because: '' })), now)
  if (made.length === 0) return { leads: [], changes: [] }
  const routes = await routeLeads(tx, made.map(({ id, contact_id }, index) => ({ contact_id, lead_id: id, wish: wanted[index]!.wish, contact_owner: wanted[index]!.contact_owner })), now)
  const leads = made.map((lead, index) => ({ ...lead, ...routes[index]! }))
  await writeGiven(tx, leads.map(({ id, contact_id, owner_id, assigned_because, rule_id, try_again_at }) => ({ lead_id: id, contact_id, owner_id, because: assigned_because, rule_id, try_again_at })), now)
  await notifyUsers(tx, leads.flatMap(lead => telling === null || lead.owner_id === null || lead.owner_id === telling.except ? [] : [{
    user_id: lead.owner_id, title: telling.title(lead), body: telling.body?.(lead) ?? lead.source_label, link: `/leads?open=${lead.id}`, source_key: `lead:${lead.id}`,
  }]), now)
  await touchAll(tx, ['leads'])
  const told = await insertEvents(tx, leads.map(lead => ({
    contact_id: lead.contact_id, type: 'lead.created', occurred_at: now, source: lead.source, message_id: null, campaign_id: null, journey_id: null,
    properties: { lead_id: lead.id, source_label: lead.source_label, owner_id: lead.owner_id, because: lead.assigned_because },
  })), now)
  return { leads, changes: [...changesOfEvents([], told), ...leads.map((lead): Change => ({ contact_id: lead.contact_id, keys: ['lead'], events: [] }))] }
}

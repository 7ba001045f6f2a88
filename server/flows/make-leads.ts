import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { createLeads, type CreatedLead, type NewLead } from '../leads/create-leads.sql.ts'
import type { Change } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'

/** What each manager is told of the lead; the one who made it himself is not told. */
export type Telling = { title: (lead: NewLead) => string, body?: (lead: NewLead) => string, except?: number | null }

/** Leads made, told to their managers and the timelines; what changed for applyChanges. The caller holds the contacts. */
export async function makeLeads(tx: Db, wanted: NewLead[], { title, body, except }: Telling, now: Date): Promise<{ leads: CreatedLead[], changes: Change[] }> {
  const leads = await createLeads(tx, wanted, now)
  if (leads.length === 0) return { leads, changes: [] }
  await notifyUsers(tx, leads.flatMap(lead => lead.owner_id === null || lead.owner_id === except ? [] : [{
    user_id: lead.owner_id, title: title(lead), body: body?.(lead) ?? lead.source_label, link: `/leads?open=${lead.id}`, source_key: `lead:${lead.id}`,
  }]), now)
  await touchAll(tx, ['leads'])
  const told = await insertEvents(tx, leads.map(lead => ({
    contact_id: lead.contact_id, type: 'lead.created', occurred_at: now, source: lead.source, message_id: null, campaign_id: null, journey_id: null,
    properties: { lead_id: lead.id, source_label: lead.source_label, owner_id: lead.owner_id, because: lead.assigned_because },
  })), now)
  return { leads, changes: [...changesOfEvents([], told), ...leads.map((lead): Change => ({ contact_id: lead.contact_id, keys: ['lead'], events: [] }))] }
}

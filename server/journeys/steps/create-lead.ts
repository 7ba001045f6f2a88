import { notifyUsers } from '../../activities/notify-users.sql.ts'
import { touchAll } from '../../base/live.ts'
import { readCompany } from '../../company/company.sql.ts'
import { insertEvents } from '../../events/insert-events.sql.ts'
import { createLeads, findOpenLeadsOf, namesOfUsers } from '../../leads/create-leads.sql.ts'
import { journeyNames, responsibleUsers } from './lookups.sql.ts'
import { noteChange, noteEvents } from './step.ts'
import type { AdvanceStep } from './step.ts'

/**
 * A lead each, for the contact's manager when there is one (assign_manager gives it to somebody otherwise). Whoever has
 * one of this journey that nobody has finished yet gets no second one. The label left empty: the journey's name.
 */
export const createLead: AdvanceStep<'create_lead'> = async (people, context) => {
  const { db, now } = context
  const open = await findOpenLeadsOf(db, people.map(({ walker }) => ({ contact_id: walker.contact_id, source: `journey:${walker.journey_id}` })))
  const wanting = [...new Map(people.map(person => [`${person.walker.contact_id}:journey:${person.walker.journey_id}`, person]))].filter(([key]) => !open.has(key)).map(([, person]) => person)
  const [responsible, names, { language }] = [await responsibleUsers(db, wanting.map(({ walker }) => walker.contact_id)), await journeyNames(db, wanting.map(({ walker }) => walker.journey_id)), await readCompany(db)]
  const managers = await namesOfUsers(db, [...responsible.values()].flatMap(each => each.owner_id ?? []))
  const leads = await createLeads(db, wanting.map(({ walker, step }) => {
    const owner_id = responsible.get(walker.contact_id)?.owner_id ?? null
    const manager = owner_id === null ? undefined : managers.get(owner_id)
    return {
      contact_id: walker.contact_id, source: `journey:${walker.journey_id}`, source_label: step.label.trim() || (names.get(walker.journey_id) ?? ''), utm: {}, form_id: null, owner_id,
      assigned_because: manager === undefined ? '' : language === 'ru' ? `${manager} уже ведёт этот контакт.` : `${manager} looks after this contact already.`,
    }
  }), now)
  await notifyUsers(db, leads.flatMap(lead => lead.owner_id === null ? [] : [{
    user_id: lead.owner_id, title: `${language === 'ru' ? 'Новый лид' : 'New lead'}: ${responsible.get(lead.contact_id)?.name ?? ''}`, body: lead.source_label, link: `/contacts/${lead.contact_id}`, source_key: `lead:${lead.id}`,
  }]), now)
  for (const lead of leads) noteChange(context, lead.contact_id, 'lead')
  noteEvents(context, await insertEvents(db, leads.map(lead => ({
    contact_id: lead.contact_id, type: 'lead.created', occurred_at: now, source: lead.source, message_id: null, campaign_id: null, journey_id: Number(lead.source.slice('journey:'.length)),
    properties: { lead_id: lead.id, source_label: lead.source_label, owner_id: lead.owner_id, because: lead.assigned_because },
  })), now))
  if (leads.length > 0) await touchAll(db, ['leads'])
  return people.map(({ walker }) => ({ kind: 'go', outlet: 'next', outcome: 'next', ...(open.has(`${walker.contact_id}:journey:${walker.journey_id}`) ? { reason: 'lead_open_already' } : {}) }))
}

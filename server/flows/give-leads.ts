import type { ChangedLeads } from '../../shared/leads.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { cardsForLeads } from '../forms/forms.sql.ts'
import { contactsOfLeads, findOpen, type OpenLead } from '../leads/leads.sql.ts'
import { routeLeads } from '../leads/route-leads.ts'
import { findWaiting, type Given, writeGiven } from '../leads/routing.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'

const atOnce = 200

/** The loop: leads that waited for somebody's working hours are given out. */
export async function giveWaitingLeads(app: App): Promise<boolean> {
  const waiting = await findWaiting(app.db, atOnce, app.now())
  if (waiting.length === 0) return false
  await giveByRules(app, waiting, { by: 'routing', onlyWaiting: true })
  return waiting.length === atOnce
}

type Giving = { by: string, /** only those nobody has taken meanwhile */ onlyWaiting?: boolean, /** to somebody else than they have now */ toOthers?: boolean, /** where nobody else is free, nothing changes */ otherwiseStays?: boolean }

/** Open leads to whom the rules say, whoever has them now; told to the new managers and the timelines. Also in the caller's transaction. */
export async function giveByRules(app: App, ids: number[], { by, onlyWaiting = false, toOthers = false, otherwiseStays = false }: Giving, db: Db = app.db): Promise<ChangedLeads['changed']> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(db, async (tx) => {
    await lockContacts(tx, [...new Set((await contactsOfLeads(tx, ids)).values())])
    const found = (await findOpen(tx, ids)).filter(lead => !onlyWaiting || (lead.owner_id === null && lead.try_again_at !== null && lead.try_again_at <= now))
    const routed = await routeLeads(tx, found.map(lead => ({ contact_id: lead.contact_id, lead_id: lead.id, wish: 'rules' as const, contact_owner: null, except: toOthers ? lead.owner_id : null })), now)
    const kept = found.map((_, index) => !otherwiseStays || routed[index]!.owner_id !== null)
    const [leads, routes] = [found.filter((_, index) => kept[index]), routed.filter((_, index) => kept[index])]
    const given = leads.map((lead, index): Given => ({ lead_id: lead.id, contact_id: lead.contact_id, owner_id: routes[index]!.owner_id, because: routes[index]!.assigned_because, rule_id: routes[index]!.rule_id, try_again_at: routes[index]!.try_again_at }))
    await writeGiven(tx, given, now)
    await tellGiven(tx, app, leads, given, by, now)
    return leads.map(({ id, status, owner_id, labels, refused_because }) => ({ id, before: { status, owner_id, labels, refused_because } }))
  })
}

async function tellGiven(tx: Db, app: App, leads: OpenLead[], given: Given[], by: string, now: Date): Promise<void> {
  const moved = leads.flatMap((lead, index) => given[index]!.owner_id === lead.owner_id ? [] : [{ ...given[index]!, source_label: lead.source_label, from: lead.owner_id }])
  const [cards, { language }] = [await cardsForLeads(tx, moved.map(lead => lead.contact_id)), await readCompany(tx)]
  await notifyUsers(tx, moved.flatMap(lead => lead.owner_id === null ? [] : [{
    user_id: lead.owner_id, title: `${language === 'ru' ? 'Вам передан лид' : 'A lead was given to you'}: ${cards.get(lead.contact_id)?.name ?? ''}`, body: lead.because, link: `/leads?open=${lead.lead_id}`,
  }]), now)
  const events = await insertEvents(tx, moved.map(lead => ({
    contact_id: lead.contact_id, type: 'lead.assigned', occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null,
    properties: { lead_id: lead.lead_id, source_label: lead.source_label, owner_id: lead.owner_id, from_owner_id: lead.from, because: lead.because, by },
  })), now)
  await applyChanges(tx, app, [...leads.map(lead => ({ contact_id: lead.contact_id, keys: ['lead'], events: [] })), ...changesOfEvents([], events)], now)
  await touchAll(tx, ['leads'])
}

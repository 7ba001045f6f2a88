import type { z } from 'zod'
import type { ChangedLeads, LeadChange, leadBody } from '../../shared/leads.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { cardsForLeads } from '../forms/forms.sql.ts'
import { findOpenLead, namesOfUsers } from '../leads/create-leads.sql.ts'
import { type Wish } from '../leads/route-leads.ts'
import { type ChangedLead, changeLeads, contactsOfLeads, findLead } from '../leads/leads.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'
import { makeLeads } from './make-leads.ts'
import { saveCards } from './save-contacts.ts'

export type By = { by: string, /** null: a program */ userId: number | null }

/** Many leads in one transaction, the caller's if there is one; those not as `seen` any more, or gone, are named and left alone. */
export async function changeManyLeads(app: App, changes: LeadChange[], { by, userId }: By, db: Db = app.db): Promise<ChangedLeads> {
  const now = app.now()
  await ensureMonths(app, [now])
  const distinct = [...new Map(changes.map(change => [change.id, change])).values()]
  return withTransaction(db, async tx => {
    const names = await namesOfUsers(tx, distinct.flatMap(change => change.owner_id ?? []).concat(userId ?? []))
    const unknown = changes.findIndex(change => typeof change.owner_id === 'number' && !names.has(change.owner_id))
    if (unknown !== -1) throw invalid([{ field: `leads.${unknown}.owner_id`, message: 'there is no such member of staff' }])
    await lockContacts(tx, [...new Set((await contactsOfLeads(tx, distinct.map(change => change.id))).values())])
    const { language } = await readCompany(tx)
    const changed = await changeLeads(tx, distinct, becauseOf(language, userId === null ? undefined : names.get(userId)), now)
    await tellOwners(tx, changed, userId, language, now)
    const event = (lead: ChangedLead, type: string, properties: Record<string, unknown>) => ({
      contact_id: lead.contact_id, type, occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null, properties: { lead_id: lead.id, source_label: lead.source_label, by, ...properties },
    })
    const events = await insertEvents(tx, [
      ...changed.filter(lead => lead.owner_id !== lead.before.owner_id).map(lead => event(lead, 'lead.assigned', { owner_id: lead.owner_id, from_owner_id: lead.before.owner_id, because: lead.assigned_because })),
      ...changed.filter(lead => lead.status !== lead.before.status).map(lead => event(lead, 'lead.status_changed', { from: lead.before.status, to: lead.status, ...(lead.refused_because === null ? {} : { reason: lead.refused_because }) })),
    ], now)
    await applyChanges(tx, app, [...changed.map(lead => ({ contact_id: lead.contact_id, keys: ['lead'], events: [] })), ...changesOfEvents([], events)], now)
    await touchAll(tx, ['leads'])
    const done = new Set(changed.map(lead => lead.id))
    const left = distinct.filter(change => !done.has(change.id))
    return {
      changed: changed.map(({ id, before }) => ({ id, before })),
      passed_over: await Promise.all(left.map(async ({ id }) => ({ id, owner: (await findLead(tx, id))?.owner ?? null }))),
    }
  })
}

const becauseOf = (language: 'en' | 'ru', name: string | undefined): string =>
  name === undefined ? (language === 'ru' ? 'Назначено через API.' : 'Assigned by the API.') : language === 'ru' ? `Назначено вручную: ${name}.` : `Assigned by hand: ${name}.`

/** Who was given leads by somebody else hears of it, once for all of them. */
async function tellOwners(tx: Db, changed: ChangedLead[], userId: number | null, language: 'en' | 'ru', now: Date): Promise<void> {
  const given = changed.filter(lead => lead.owner_id !== null && lead.owner_id !== lead.before.owner_id && lead.owner_id !== userId)
  const cards = await cardsForLeads(tx, given.map(lead => lead.contact_id))
  await notifyUsers(tx, [...Map.groupBy(given, lead => lead.owner_id!)].map(([user_id, leads]) => {
    const [first] = leads
    if (leads.length > 1) return { user_id, title: language === 'ru' ? `Вам переданы лиды: ${leads.length}` : `Leads given to you: ${leads.length}`, link: '/leads?owner=me' }
    const name = cards.get(first!.contact_id)?.name ?? ''
    return { user_id, title: language === 'ru' ? `Вам передан лид: ${name}` : `A lead was given to you: ${name}`, body: first!.source_label, link: `/leads?open=${first!.id}` }
  }), now)
}

/** One lead by hand or by another system; its number. The same again, while that lead is open, is that lead. */
export async function takeInLead(app: App, body: z.output<typeof leadBody>, { by, userId }: By): Promise<number> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(app.db, async tx => {
    const { contactId, changes } = await contactOf(tx, body, by, now)
    if (!(await lockContacts(tx, [contactId])).has(contactId)) throw invalid([{ field: 'contact_id', message: 'there is no such contact' }])
    const source = userId === null ? 'api' : 'staff'
    const open = await findOpenLead(tx, { contact_id: contactId, source, source_label: body.source_label })
    const [{ language }, cards] = await Promise.all([readCompany(tx), cardsForLeads(tx, [contactId])])
    const card = cards.get(contactId)!
    const made = open !== undefined ? undefined : await makeLeads(tx, [{
      contact_id: contactId, source, source_label: body.source_label, utm: body.utm, form_id: null, labels: body.labels, wish: await wishOf(tx, body.owner_id, language, userId), contact_owner: card.owner_id,
    }], { title: () => language === 'ru' ? `Новый лид: ${card.name}` : `New lead: ${card.name}`, except: userId }, now)
    const owner_id = made?.leads[0]!.owner_id ?? null
    const owned = owner_id === null ? [] : (await saveCards(tx, [{ id: contactId, owner_id }], { now, by: 'lead', mode: 'only_empty' })).changes
    await applyChanges(tx, app, [...changes, ...made?.changes ?? [], ...owned], now)
    return open ?? made!.leads[0]!.id
  })
}

async function contactOf(tx: Db, body: z.output<typeof leadBody>, by: string, now: Date) {
  if (body.contact === undefined) return { contactId: body.contact_id!, changes: [] }
  const { outcomes: [outcome], changes } = await saveCards(tx, [body.contact], { now, by, mode: 'only_empty' })
  if (outcome !== undefined && !('error' in outcome)) return { contactId: outcome.contact_id, changes }
  throw invalid((outcome?.error.all ?? [{ field: 'email', message: 'is empty' }]).map(fault => ({ field: `contact.${fault.field}`, message: fault.message })))
}

async function wishOf(tx: Db, wish: number | null | undefined, language: 'en' | 'ru', userId: number | null): Promise<Wish['wish']> {
  if (wish === undefined) return 'rules'
  if (wish === null) return { owner_id: null, assigned_because: '' }
  const names = await namesOfUsers(tx, [wish, ...userId === null ? [] : [userId]])
  if (!names.has(wish)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
  return { owner_id: wish, assigned_because: becauseOf(language, userId === null ? undefined : names.get(userId)) }
}

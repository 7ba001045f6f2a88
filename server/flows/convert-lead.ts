import type { z } from 'zod'
import type { convertLeadBody } from '../../shared/leads.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid, notFound, within } from '../base/errors.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { findDeal } from '../deals/deals.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { contactsOfLeads, findLead, noteDeal, type StoredLead } from '../leads/leads.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { makeDeal, removeDeal } from './change-deals.ts'
import { type By, changeManyLeads } from './change-leads.ts'
import { saveCards } from './save-contacts.ts'

/** The card is filled in, the deal made, the lead converted: all of it or nothing. 409 `lead_converted` the second time. */
export async function convertLead(app: App, id: number, body: z.output<typeof convertLeadBody>, who: By): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const lead = await holdLead(tx, id)
    if (lead.status === 'converted') throw conflict('lead_converted', 'This lead has been converted already.')
    if (body.contact !== undefined) {
      const { outcomes: [outcome], changes } = await saveCards(tx, [{ ...body.contact, id: lead.contact.id }], { now, by: who.by, mode: 'overwrite' })
      if (outcome !== undefined && 'error' in outcome) throw invalid(outcome.error.all.map(fault => ({ field: `contact.${fault.field}`, message: fault.message })))
      await applyChanges(tx, app, changes, now)
    }
    const deal = body.deal === null ? null : await makeDeal(app, { ...body.deal, contact_id: lead.contact.id }, who, tx).catch(within('deal'))
    await changeManyLeads(app, [{ id, status: 'converted' }], who, tx)
    await noteDeal(tx, id, deal)
  })
}

/** The deal goes again and the lead is in work; what was written onto the card stays. 409 `deal_changed` when somebody has worked on the deal since. */
export async function undoConversion(app: App, id: number, who: By): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const lead = await holdLead(tx, id)
    if (lead.status !== 'converted') throw conflict('lead_not_converted', 'This lead has not been converted.')
    const deal = lead.deal === null ? undefined : await findDeal(tx, lead.deal.id, now)
    if (deal !== undefined && deal.revision > 1) throw conflict('deal_changed', 'Somebody has worked on the deal since. Delete the deal first if it shall go.')
    if (deal !== undefined) await removeDeal(app, deal.id, tx)
    await changeManyLeads(app, [{ id, status: 'in_work' }], who, tx)
  })
}

async function holdLead(tx: Db, id: number): Promise<StoredLead> {
  const contactId = (await contactsOfLeads(tx, [id])).get(id)
  if (contactId === undefined || !(await lockContacts(tx, [contactId])).has(contactId)) throw notFound('lead')
  const lead = await findLead(tx, id)
  if (lead === undefined) throw notFound('lead')
  return lead
}

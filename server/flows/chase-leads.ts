import { notifyUsers, type NewNotification } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { cardsForLeads } from '../forms/forms.sql.ts'
import { findHelpers, findLate, type LateLead, markLate, readReactionRules, settleDue } from '../leads/reaction.sql.ts'
import { giveByRules } from './give-leads.ts'

const atOnce = 500

/**
 * The loop: leads not answered within the limit are told to their managers, then to others, and handed on. The mark, what is
 * told and the new manager are one transaction, so neither a crash nor a second worker does it twice.
 */
export async function chaseLeads(app: App): Promise<boolean> {
  const now = app.now()
  const settled = await settleDue(app.db, atOnce)
  if (settled > 0) await touchAll(app.db, ['leads'])
  const found = await findLate(app.db, atOnce, now)
  if (found.length > 0) {
    await ensureMonths(app, [now])
    await withTransaction(app.db, async tx => {
      await lockContacts(tx, found.map(lead => lead.contact_id))
      const late = await markLate(tx, found.map(lead => lead.id), now)
      await tell(tx, late, now)
      const { hand_on } = await readReactionRules(tx)
      const handed = hand_on ? late.filter(lead => lead.escalates).map(lead => lead.id) : []
      if (handed.length > 0) await giveByRules(app, handed, { by: 'routing', toOthers: true, otherwiseStays: true }, tx)
      await touchAll(tx, ['leads'])
    })
  }
  return settled === atOnce || found.length === atOnce
}

async function tell(tx: Db, late: LateLead[], now: Date): Promise<void> {
  const [{ then_tell }, { language }, cards] = [await readReactionRules(tx), await readCompany(tx), await cardsForLeads(tx, late.map(lead => lead.contact_id))]
  const escalated = then_tell === 'nobody' ? [] : late.filter(lead => lead.escalates)
  const helpers = then_tell === 'nobody' ? new Map<number, number[]>() : await findHelpers(tx, [...new Set(escalated.map(lead => lead.owner_id ?? 0))], then_tell)
  const told = [
    ...late.flatMap(lead => lead.warns ? [{ user_id: lead.owner_id!, lead, own: true }] : []),
    ...escalated.flatMap(lead => (helpers.get(lead.owner_id ?? 0) ?? []).filter(id => id !== lead.owner_id).map(user_id => ({ user_id, lead, own: false }))),
  ]
  await notifyUsers(tx, [...Map.groupBy(told, each => `${each.user_id} ${each.own}`).values()].map(([first, ...others]): NewNotification => {
    const { user_id, lead, own } = first!
    if (others.length > 0) return { user_id, title: language === 'ru' ? `Лиды ждут ответа дольше положенного: ${others.length + 1}` : `Leads wait too long for an answer: ${others.length + 1}`, link: `/leads?status=all&reaction=overdue${own ? '&owner=me' : ''}` }
    const name = cards.get(lead.contact_id)?.name ?? ''
    return { user_id, title: language === 'ru' ? `Лид ждёт ответа дольше положенного: ${name}` : `A lead waits too long for an answer: ${name}`, body: lead.source_label, link: `/leads?open=${lead.id}` }
  }), now)
}

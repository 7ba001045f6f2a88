import type { z } from 'zod'
import type { handoverBody, OpenWork } from '../../shared/routing.ts'
import { handOverTasks } from '../activities/hand-over-tasks.sql.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { handOverDeals } from '../deals/hand-over-deals.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import type { Handover } from '../leads/handover.ts'
import { findOpenWork, handOverLeads } from '../leads/hand-over-leads.sql.ts'
import { routeLeads } from '../leads/route-leads.ts'
import { findUser, updateUser } from '../staff/staff.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'

/**
 * Somebody leaves, or gives everything on: open leads, deals and tasks, each kind by one statement, all or nothing. By the rules
 * each contact is given out once, so that its lead, deal and tasks stay together; what nobody is free for is nobody's.
 */
export async function handOver(app: App, from: number, { to, disable }: z.output<typeof handoverBody>, by: string): Promise<OpenWork> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(app.db, async (tx) => {
    const user = await findUser(tx, from)
    if (user === undefined) throw notFound('user')
    const heir = to === 'rules' ? undefined : await findUser(tx, to)
    if (to !== 'rules' && (heir === undefined || heir.disabled_at !== null)) throw invalid([{ field: 'to', message: 'there is no such member of staff' }])
    if (heir?.id === from) throw invalid([{ field: 'to', message: 'choose somebody else' }])
    if (disable && await updateUser(tx, from, { disabled: true }, now) === 'last_administrator') throw conflict('last_administrator', 'This is the last administrator. Make somebody else an administrator first.')
    const work = await findOpenWork(tx, from)
    await lockContacts(tx, work.map(each => each.contact_id))
    const { language } = await readCompany(tx)
    const given = await receivers(tx, work, from, heir?.id ?? null, language === 'ru' ? `Передано от сотрудника ${user.name}.` : `Handed over by ${user.name}.`, now)
    const leads = await handOverLeads(tx, from, given, now)
    const deals = await handOverDeals(tx, from, given, now)
    const tasks = await handOverTasks(tx, from, given, heir?.id ?? null, now)
    const events = await insertEvents(tx, leads.map(lead => ({
      contact_id: lead.contact_id, type: 'lead.assigned', occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null,
      properties: { lead_id: lead.id, source_label: lead.source_label, owner_id: lead.owner_id, from_owner_id: from, because: lead.because, by },
    })), now)
    await applyChanges(tx, app, [
      ...leads.map(lead => ({ contact_id: lead.contact_id, keys: ['lead'], events: [] })), ...deals.map(deal => ({ contact_id: deal.contact_id, keys: ['deal'], events: [] })), ...changesOfEvents([], events),
    ], now)
    const counts = Map.groupBy([...leads, ...deals, ...tasks], each => each.owner_id)
    await notifyUsers(tx, [...counts].flatMap(([owner, all]) => owner === null ? [] : [{
      user_id: owner, title: language === 'ru' ? `Вам переданы дела: ${user.name} (${all.length})` : `Work was handed over to you by ${user.name} (${all.length})`, link: '/day',
    }]), now)
    await touchAll(tx, ['leads', 'deals', 'tasks'])
    return { leads: leads.length, deals: deals.length, tasks: tasks.length }
  })
}

async function receivers(tx: Db, work: { contact_id: number, lead_id: number | null }[], from: number, heir: number | null, because: string, now: Date): Promise<Handover[]> {
  if (heir !== null) return work.map(({ contact_id }) => ({ contact_id, owner_id: heir, because, rule_id: null, try_again_at: null }))
  const routes = await routeLeads(tx, work.map(each => ({ ...each, wish: 'rules' as const, contact_owner: null, except: from })), now)
  return work.map(({ contact_id }, index) => {
    const { assigned_because, ...route } = routes[index]!
    return { contact_id, ...route, because: `${because} ${assigned_because}` }
  })
}

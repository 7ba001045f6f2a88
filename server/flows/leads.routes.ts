import { z } from 'zod'
import { changeLeadBody, lead as leadShape, leadListPage, leadListQuery } from '../../shared/leads.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import { userExists } from '../activities/user-exists.sql.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { changeLead, findLead, listLeads } from '../leads/leads.sql.ts'
import { applyChanges } from './apply-changes.ts'

export const list = route({
  summary: 'Leads, the newest first',
  query: leadListQuery, response: leadListPage,
  async handler({ app, query, actor }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const owner = query.owner === 'me' ? (actor.kind === 'user' ? actor.id : null) : query.owner === 'nobody' ? null : query.owner
    const { leads, next } = await listLeads(app.db, { status: query.status, owner }, query.limit, key && [String(key[0]), Number(key[1])])
    return { data: leads, next_cursor: next && writeCursor(next) }
  },
})

export const change = route({
  summary: 'Change the status of a lead or who looks after it; the new manager is told',
  params: z.object({ id: z.coerce.number().int().positive() }), body: changeLeadBody, response: leadShape,
  async handler({ app, params: { id }, body, actor }) {
    const now = app.now()
    const before = await findLead(app.db, id)
    if (before === undefined) throw notFound('lead')
    const owner = body.owner_id
    if (typeof owner === 'number' && !await userExists(app.db, owner)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
    const { language } = await readCompany(app.db)
    await ensureMonths(app, [now])
    await withTransaction(app.db, async tx => {
      if (!(await lockContacts(tx, [before.contact.id])).has(before.contact.id)) throw notFound('lead')
      const status = await changeLead(tx, id, body, now)
      if (status === undefined) throw notFound('lead')
      const by = actor.kind === 'user' ? `user:${actor.id}` : 'api'
      const events = await insertEvents(tx, status.from === status.to ? [] : [{
        contact_id: before.contact.id, type: 'lead.status_changed', occurred_at: now, properties: { lead_id: id, ...status, source_label: before.source_label, by }, source: by, message_id: null, campaign_id: null, journey_id: null,
      }], now)
      await applyChanges(tx, app, [{ contact_id: before.contact.id, keys: ['lead', ...events.map(event => `event:${event.type}`)], events }], now)
      const isNews = typeof owner === 'number' && owner !== before.owner?.id && !(actor.kind === 'user' && actor.id === owner)
      if (isNews) await notifyUsers(tx, [{ user_id: owner, title: language === 'ru' ? `Вам передана заявка: ${before.contact.name}` : `A lead was given to you: ${before.contact.name}`, body: before.source_label, link: `/contacts/${before.contact.id}` }], now)
      await touchAll(tx, [`contact:${before.contact.id}`, 'leads'])
    })
    return findLead(app.db, id)
  },
})

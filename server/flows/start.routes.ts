import { toMajor } from '../../shared/money.ts'
import { checklist, today } from '../../shared/start.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { countSendersInUse } from '../delivery/senders.sql.ts'
import { readSmtp } from '../delivery/transport.ts'
import { buildChecklist } from './checklist.ts'
import { readChecklistFacts, readTodayFacts, startOfDay } from './checklist.sql.ts'

export const showChecklist = route({
  summary: 'The launch checklist: what is done and what is open, from the real state',
  response: checklist,
  async handler({ app }) {
    const company = await readCompany(app.db)
    const smtp = await readSmtp(app)
    const senders = await countSendersInUse(app.db)
    const facts = await readChecklistFacts(app.db, company.sender_email.split('@').at(-1)!.toLowerCase())
    return buildChecklist(facts, { sender_email: company.sender_email, smtp: smtp?.source ?? (senders.marketing > 0 && senders.transactional > 0 ? 'senders' : null) })
  },
})

export const showToday = route({
  summary: "What has happened since midnight in the company's time zone",
  response: today,
  async handler({ app }) {
    const company = await readCompany(app.db)
    const since = await startOfDay(app.db, app.now(), company.time_zone)
    const facts = await readTodayFacts(app.db, since, company.currency)
    const known = await readChecklistFacts(app.db, '')
    return { ...facts, since: since.toISOString(), revenue: toMajor(facts.revenue, company.currency), currency: company.currency, has_data: known.contacts }
  },
})

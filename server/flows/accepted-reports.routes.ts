import { z } from 'zod'
import { acceptance, acceptBody, acceptedNow } from '../../shared/inbound.ts'
import { notFound } from '../base/errors.ts'
import { type Actor, route } from '../base/route.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { countAlike, listAccepted, namesOf } from '../inbound/accepted-reports.sql.ts'
import { findInboundMail } from '../inbound/inbound-mails.sql.ts'
import { reportedRecipients } from '../inbound/reported-recipients.ts'
import { acceptReports, takeBackReports } from './accept-reports.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

export const show = route({
  summary: 'Whom an unproven report is about, and what people made of it',
  description: 'Bounces and complaints in which nothing signed by us is found do nothing by themselves: anybody can write one. Somebody who has looked at one may accept it.',
  params: byId, response: acceptance,
  async handler({ app, params }) {
    const mail = await findInboundMail(app.db, params.id)
    if (mail === undefined) throw notFound('mail')
    const waits = mail.outcome === 'unproven' && mail.raw !== null
    const reported = waits ? reportedRecipients(mail.raw!) : []
    const contacts = await findContacts(app.db, reported.map(({ email }) => ({ email })))
    const names = await namesOf(app.db, contacts.filter(id => id !== null))
    return {
      recipients: reported.map(({ email, outcome, words }, index) => ({ email, outcome, words, contact: contacts[index] == null ? null : { id: contacts[index], name: names.get(contacts[index]) ?? email } })),
      alike: waits ? await countAlike(app.db, params.id) : 0,
      accepted: (await listAccepted(app.db, params.id)).map(row => ({ ...row, accepted_at: row.accepted_at.toISOString(), undone_at: row.undone_at?.toISOString() ?? null })),
    }
  },
})

export const accept = route({
  summary: 'Accept an unproven report for recipients, with everything that follows of a proven one',
  description: 'A hard bounce suppresses the address, a complaint unsubscribes and is put aside, a soft bounce counts. Can be taken back with DELETE.',
  params: byId, body: acceptBody, response: acceptedNow, status: 201,
  handler: ({ app, params, body, actor }) => acceptReports(app, params.id, body, userOf(actor)),
})

export const takeBack = route({
  summary: 'Take back everything that was accepted at once with this report',
  description: 'Events are removed, suppressions and consents are as before, unless something else has said the same since. What was accepted and taken back by whom stays in the log.',
  params: byId, response: acceptedNow,
  handler: ({ app, params, actor }) => takeBackReports(app, params.id, userOf(actor)),
})

import { z } from 'zod'
import { testMailBody } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { type Db, withTransaction } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { firstContactId } from '../templates/mail-data.sql.ts'
import { findTemplate } from '../templates/templates.sql.ts'

/**
 * A mail to one address, to be looked at: filled in for the chosen contact, else for whoever has the address, else
 * for the first contact there is. Its links are not counted and its unsubscribe page changes nothing.
 */
export const sendTest = route({
  summary: 'Send a template to one address to look at it',
  params: z.object({ id: z.coerce.number().int().positive() }), body: testMailBody, status: 202,
  response: z.object({ to: z.string(), filled_in_for: z.number() }),
  handler: async ({ app, params, body }) => sendTestMail(app, app.db, { templateId: params.id, email: body.email, contactId: body.contact_id, locale: body.locale }),
})

export async function sendTestMail(app: App, db: Db, test: { templateId: number, email: string, contactId?: number | undefined, locale?: string | undefined }): Promise<{ to: string, filled_in_for: number }> {
  return withTransaction(db, async tx => {
    const template = await findTemplate(tx, test.templateId)
    if (!template) throw notFound('template')
    if (test.locale && !template.locales.includes(test.locale as 'en')) throw invalid([{ field: 'locale', message: 'the template has no variant in this language' }])
    const [owner] = await findContacts(tx, [{ email: normaliseEmail(test.email) }])
    const contactId = test.contactId ?? owner ?? await firstContactId(tx)
    if (contactId === undefined) throw conflict('no_contacts', 'There is nobody yet whose fields could fill in the mail. Add a contact first, yourself for example.')
    const queued = await queueMessages(tx, [{
      contact_id: contactId, kind: 'test', template_version_id: template.version_id,
      context: { test_to: test.email, ...(test.locale ? { locale: test.locale } : {}) },
    }], app.now())
    if (queued === 0) throw notFound('contact')
    return { to: test.email, filled_in_for: contactId }
  })
}

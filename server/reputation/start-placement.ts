import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { findCampaign } from '../campaigns/campaigns.sql.ts'
import { listSenders } from '../delivery/senders.sql.ts'
import { readSmtp } from '../delivery/transport.ts'
import { addressOf, listMailboxes } from '../inbound/mailboxes.sql.ts'
import { messageByKey, queueMessages } from '../messages/queue-messages.sql.ts'
import { firstContactId } from '../templates/mail-data.sql.ts'
import { findTemplate } from '../templates/templates.sql.ts'
import type { PlacementTestBody } from '../../shared/placement.ts'
import { insertPlacementTest, noteMessages } from './placement.sql.ts'

const wrong = (field: string, message: string): never => { throw invalid([{ field, message }]) }

/**
 * Queues the mail to every test mailbox, as it would leave to people: signed, tracked and with the same headers, by the
 * chosen sender. Returns the id of the test. All of it or nothing.
 */
export async function startPlacementTest(app: App, body: PlacementTestBody, startedBy: number | null): Promise<number> {
  const now = app.now()
  return withTransaction(app.db, async tx => {
    const campaign = body.campaign_id === undefined ? null : await findCampaign(tx, body.campaign_id) ?? wrong('campaign_id', 'there is no such campaign')
    const templateId = campaign ? campaign.template_id ?? wrong('campaign_id', 'the campaign has no mail yet') : body.template_id ?? wrong('template_id', 'choose a mail or a campaign')
    const template = await findTemplate(tx, templateId) ?? wrong('template_id', 'there is no such template')
    if (body.locale && !template.locales.includes(body.locale)) wrong('locale', 'the template has no variant in this language')
    const sender = body.sender_id === null ? null : (await listSenders(tx)).find(each => each.id === body.sender_id) ?? wrong('sender_id', 'there is no such sender')
    if (sender && !sender.is_enabled) wrong('sender_id', 'this sender is switched off')
    const mailboxes = (await listMailboxes(tx, 'placement')).filter(mailbox => mailbox.paused_at === null && (body.mailbox_ids === undefined || body.mailbox_ids.includes(mailbox.id)))
    if (mailboxes.length === 0) throw conflict('no_test_mailboxes', 'There is no test mailbox to send to. Add one first.')
    if (await readSmtp(app) === null && !(await listSenders(tx)).some(each => each.is_enabled)) throw conflict('no_mail_server', 'No mail server and no sender is set: mails go to the built-in test mailbox, and nowhere else.')
    const contactId = body.contact_id ?? await firstContactId(tx)
    if (contactId === undefined) throw conflict('no_contacts', 'There is nobody yet whose fields could fill in the mail. Add a contact first, yourself for example.')
    const test = await insertPlacementTest(tx, {
      template_id: template.id, template_version_id: template.version_id, campaign_id: campaign?.id ?? null, sender_id: sender?.id ?? null, filled_in_for: contactId,
      name: campaign?.name ?? template.name, wait_minutes: body.wait_minutes, deletes: body.deletes, started_by: startedBy,
    }, mailboxes.map(mailbox => ({ id: mailbox.id, name: mailbox.name, address: addressOf(mailbox) })), now)
    const key = (result: number): string => `placement:${result}`
    const queued = await queueMessages(tx, mailboxes.map((mailbox, index) => ({
      contact_id: contactId, kind: 'test' as const, template_version_id: template.version_id, topic_id: campaign?.topic_id ?? null, dedup_key: key(test.results[index]!),
      context: { test_to: addressOf(mailbox), placement: true, ...(sender ? { sender_id: sender.id } : {}), ...(body.locale ? { locale: body.locale } : {}) },
    })), now)
    if (queued === 0) throw notFound('contact')
    await noteMessages(tx, await Promise.all(test.results.map(async id => ({ id, message_id: (await messageByKey(tx, contactId, key(id)))! }))))
    return test.id
  })
}

import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import type { ContactInput } from '../../shared/contacts.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { findMessageContext, loadForms } from '../forms/forms.sql.ts'
import { cardValues, submission } from '../forms/submission.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { saveForgiving } from './handle-submissions.ts'

export const confirmationWorksForDays = 14

/** `unknown`: the contact or the mail is gone, or the mail asked for nothing. `redirect_url`: where the form sends people on. */
export type Confirmation = { outcome: 'confirmed' | 'already' | 'expired' | 'unknown', redirect_url?: string }
export type ConfirmationLink = { contact_id: number, message_id: number, issued_at: Date }

/**
 * The owner of the mailbox pressed the button of the confirmation page: consents are granted, what was typed into the
 * form is written on the card, and journeys that wait for subscribers begin. The same link again changes nothing.
 */
export async function confirmSubscription(app: App, link: ConfirmationLink, visitor: { ip_address: string | null, user_agent: string | null }): Promise<Confirmation> {
  const now = app.now()
  return withTransaction(app.db, async tx => {
    const held = await lockContacts(tx, [link.contact_id])
    const message = held.has(link.contact_id) ? await findMessageContext(tx, link.contact_id, link.message_id) : undefined
    const read = submission.safeParse(message?.context['submission'])
    if (!read.success) return { outcome: 'unknown' }
    const sent = read.data
    const form = (await loadForms(tx, [sent.form_id])).get(sent.form_id)
    const redirect = form?.definition.redirect_url ? { redirect_url: form.definition.redirect_url } : {}
    const states = new Map((await consentStates(tx, [link.contact_id])).map(state => [state.topic_id, state.status]))
    // Withdrawn since it was asked for: the person said no later than yes, and an old link must not overturn that.
    const open = sent.topic_ids.filter(topic => states.get(topic) === 'requested')
    if (open.length === 0) return sent.topic_ids.some(topic => states.get(topic) === 'granted') ? { outcome: 'already', ...redirect } : { outcome: 'expired' }
    if (link.issued_at.getTime() < now.getTime() - confirmationWorksForDays * 86_400_000) return { outcome: 'expired' }

    const source = `form:${sent.form_id}`
    const consents = open.map((topic_id): NewConsent => ({
      contact_id: link.contact_id, topic_id, action: 'granted', wording: sent.wording, source, message_id: link.message_id,
      ip_address: visitor.ip_address, user_agent: visitor.user_agent, occurred_at: now,
    }))
    const changed = await recordConsents(tx, consents)
    const saved = await saveForgiving(tx, [{ id: link.contact_id, ...cardValues(sent.fields), locale: sent.locale } as ContactInput], { now, by: source, mode: 'overwrite' })
    const events = await insertEvents(tx, subscriptionEvents(consents, changed, { form_id: sent.form_id, form_name: sent.form_name }), now)
    await applyChanges(tx, app, [...saved, ...changesOfEvents(changed.map(change => change.contact_id), events)], now)
    return { outcome: 'confirmed', ...redirect }
  })
}

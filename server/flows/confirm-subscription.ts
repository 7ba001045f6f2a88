import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import type { ContactInput } from '../../shared/contacts.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { findMessageContext } from '../forms/forms.sql.ts'
import { cardValues, submission } from '../forms/submission.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { queueConfirmations, saveForgiving } from './handle-submissions.ts'

/** The confirmation mail whose link was followed. */
export type ConfirmationMail = { contact_id: number, message_id: number }
export type Visitor = { ip_address: string | null, user_agent: string | null }

/**
 * The owner of the mailbox pressed the button of the confirmation page: consents are granted, what was typed into the
 * form is written on the card, and journeys that wait for subscribers begin. The same link again changes nothing
 * (`already`). `unknown`: the mail asked for nothing, or the person has unsubscribed since.
 */
export async function confirmSubscription(app: App, mail: ConfirmationMail, visitor: Visitor): Promise<'confirmed' | 'already' | 'unknown'> {
  const now = app.now()
  return withTransaction(app.db, async tx => {
    const held = await lockContacts(tx, [mail.contact_id])
    const message = held.has(mail.contact_id) ? await findMessageContext(tx, mail.contact_id, mail.message_id) : undefined
    const read = submission.safeParse(message?.context['submission'])
    if (!read.success) return 'unknown'
    const sent = read.data
    const states = new Map((await consentStates(tx, [mail.contact_id])).map(state => [state.topic_id, state.status]))
    // Withdrawn since it was asked for: an old link must not overturn the later word.
    const open = sent.topic_ids.filter(topic => states.get(topic) === 'requested')
    if (open.length === 0) return sent.topic_ids.some(topic => states.get(topic) === 'granted') ? 'already' : 'unknown'

    const source = `form:${sent.form_id}`
    const consents = open.map((topic_id): NewConsent => ({
      contact_id: mail.contact_id, topic_id, action: 'granted', wording: sent.wording, source, message_id: mail.message_id, ...visitor, occurred_at: now,
    }))
    const changed = await recordConsents(tx, consents)
    const saved = await saveForgiving(tx, [{ id: mail.contact_id, ...cardValues(sent.fields) } as ContactInput], { now, by: source, mode: 'overwrite' })
    const events = await insertEvents(tx, subscriptionEvents(consents, changed, { form_id: sent.form_id, form_name: sent.form_name }), now)
    await applyChanges(tx, app, [...saved, ...changesOfEvents(changed.map(change => change.contact_id), events)], now)
    await touch(tx, source)
    return 'confirmed'
  })
}

/** The link was too old: the same is asked for again by a new mail, once in ten minutes. */
export async function repeatConfirmation(app: App, mail: ConfirmationMail): Promise<void> {
  await withTransaction(app.db, async tx => {
    const read = submission.safeParse((await findMessageContext(tx, mail.contact_id, mail.message_id))?.context['submission'])
    if (!read.success) return
    await queueConfirmations(tx, [{ contact_id: mail.contact_id, at: app.now(), sent: read.data, title: read.data.form_name }], app.now())
  })
}

import { queueMessages } from '../../messages/queue-messages.sql.ts'
import { currentTemplates } from './lookups.sql.ts'
import type { AdvanceStep } from './step.ts'

/**
 * Queues one message each, of the template's version that is current now. The message is unique by enrolment,
 * step and visit, so nothing that runs twice mails twice. Whether it may be sent is decided when it is sent.
 */
export const sendMail: AdvanceStep<'mail'> = async (people, { db, now }) => {
  const templates = await currentTemplates(db, people.flatMap(({ step }) => step.template_id ?? []))
  const mailable = people.filter(({ step }) => step.template_id !== null && templates.has(step.template_id))
  await queueMessages(db, mailable.map(({ walker, step }) => ({
    contact_id: walker.contact_id,
    kind: 'journey' as const,
    journey_id: walker.journey_id,
    enrolment_id: walker.id,
    step_key: walker.step_key,
    visit: walker.visit,
    template_version_id: templates.get(step.template_id!)!,
    topic_id: step.topic_id,
    send_after: now,
  })))
  return people.map(({ step }) => step.template_id !== null && templates.has(step.template_id)
    ? { kind: 'go', outlet: 'next', outcome: 'next' }
    : { kind: 'fail', reason: 'template_archived' })
}

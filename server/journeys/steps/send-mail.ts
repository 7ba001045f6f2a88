import { queueMessages } from '../../messages/queue-messages.sql.ts'
import { currentTemplates, mailedBeforeMove } from './lookups.sql.ts'
import type { AdvanceStep } from './step.ts'

/**
 * Queues one message each, of the template's version that is current now. The message is unique by enrolment,
 * step and visit, so nothing that runs twice mails twice; who was taken over to another version after this mail went to
 * them does not get it again. Whether it may be sent is decided when it is sent.
 */
export const sendMail: AdvanceStep<'mail'> = async (people, { db, now }) => {
  const templates = await currentTemplates(db, people.flatMap(({ step }) => step.template_id ?? []))
  const chosen = people.map(({ step }) => step.template_id === null ? undefined : templates.get(step.template_id))
  const mailed = await mailedBeforeMove(db, people.flatMap(({ walker, step }) => walker.context.moved_at === undefined || step.template_id === null
    ? []
    : [{ contact_id: walker.contact_id, enrolment_id: walker.id, step_key: walker.step_key, template_id: step.template_id, moved_at: walker.context.moved_at }]))
  await queueMessages(db, people.flatMap(({ walker, step }, index) => {
    const template = chosen[index]
    return template && !mailed.has(walker.id) ? [{
      contact_id: walker.contact_id,
      // A test's mails go to whoever tests, asking no consent and counted nowhere.
      ...walker.context.test
        ? { kind: 'test' as const, context: { test_to: walker.context.test.mails_to, test_run: true } }
        : { kind: template.kind === 'transactional' ? 'transactional' as const : 'journey' as const },
      journey_id: walker.journey_id,
      enrolment_id: walker.id,
      step_key: walker.step_key,
      visit: walker.visit,
      template_version_id: template.version_id,
      topic_id: step.topic_id,
    }] : []
  }), now)
  return chosen.map((template, index) => {
    if (mailed.has(people[index]!.walker.id)) return { kind: 'go', outlet: 'next', outcome: 'next', reason: 'mailed_before_move' }
    return template ? { kind: 'go', outlet: 'next', outcome: 'next' } : { kind: 'fail', reason: 'template_archived' }
  })
}

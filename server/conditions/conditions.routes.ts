import { z } from 'zod'
import { conditionExplanation, conditionPreview, conditionVocabulary } from '../../shared/segments.ts'
import { AppError, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCondition } from './check-condition.ts'
import { conditionBody } from './condition-body.ts'
import { explainCondition } from './explain-condition.ts'
import { findPerson } from './person.sql.ts'
import { previewCondition } from './preview-condition.sql.ts'
import { inTurn } from './preview-turns.ts'
import { loadVocabulary } from './vocabulary.sql.ts'

export const vocabulary = route({
  summary: 'What conditions can name, and what can be chosen for it: fields, tags, topics, segments, mails, journeys, events and values seen lately',
  response: conditionVocabulary,
  handler: ({ app }) => loadVocabulary(app.db),
})

export const preview = route({
  summary: 'How many people a condition is true of, ten of them, and how each part changes the number',
  reads: true,
  description: 'Ends when the caller goes away. 429 `busy` when too many are being counted at once.',
  body: z.object({ condition: conditionBody }),
  response: conditionPreview,
  handler: async ({ app, body, reply }) => {
    const { condition, errors } = await readCondition(app.db, body.condition)
    if (condition === null) throw invalid(errors)
    const left = new AbortController()
    const leave = () => left.abort(new AppError('left', 499, 'Nobody waits for this any more.'))
    reply.raw.once('close', leave)
    try {
      return await inTurn(left.signal, () => previewCondition(app.db, condition, app.now(), left.signal))
    } catch (error) {
      left.signal.throwIfAborted()
      throw error
    } finally {
      reply.raw.removeListener('close', leave)
    }
  },
})

export const explanation = route({
  summary: 'Why a condition is (not) true of a contact: the truth and what is the case at each leaf',
  reads: true,
  body: z.object({
    condition: conditionBody,
    contact_id: z.number().int().positive(),
    enrolment_id: z.number().int().positive().optional().describe("of the contact: the condition may ask about that journey's mails"),
  }),
  response: conditionExplanation,
  handler: async ({ app, body: { condition: asked, contact_id, enrolment_id } }) => {
    const { condition, errors } = await readCondition(app.db, asked, { journey: enrolment_id !== undefined })
    if (condition === null) throw invalid(errors)
    const contact = await findPerson(app.db, contact_id)
    const tree = await explainCondition(app.db, contact_id, condition, app.now(), enrolment_id)
    if (contact === undefined || tree === undefined) throw notFound('contact')
    return { contact, holds: tree.holds, tree }
  },
})

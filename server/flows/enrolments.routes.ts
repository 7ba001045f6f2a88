import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { findByReferences } from '../contacts/find-by-references.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { countSegment } from '../journeys/enrol.sql.ts'
import { insertIntake } from '../journeys/intakes.sql.ts'
import { findJourney } from '../journeys/journeys.sql.ts'
import { contactOfEnrolment, leaveJourney } from '../journeys/ways.sql.ts'
import { enrolmentOutcome, enrolmentsBody, retrialsBody, segmentEnrolmentsBody } from '../../shared/journeys.ts'
import { applyChanges, changesOfWays } from './apply-changes.ts'
import { enrolByHand } from './start-journeys.ts'
import { putAtStep, retryEnrolment, retryEverybody } from './tend-enrolments.ts'

const id = z.coerce.number().int().positive()
const ofContact = z.object({ contact_id: id.optional().describe('whose way it is: then it is found at once, however many went through the journey') })

export const enrol = route({
  summary: 'Enrol contacts by hand, each with its own outcome',
  description: 'The journey must be active. Entry condition and re-entry rule hold here too.',
  params: z.object({ id }),
  body: enrolmentsBody,
  response: z.object({ data: z.array(enrolmentOutcome) }),
  handler: async ({ app, params, body }) => {
    const ids = await findByReferences(app.db, body.contacts)
    const found = ids.filter(contactId => contactId !== null)
    const outcomes = new Map((await enrolByHand(app, params.id, [...new Set(found)], body.key)).map(one => [one.contact_id, one]))
    return { data: ids.map(contactId => contactId === null ? { contact_id: null, outcome: 'not_found' } : outcomes.get(contactId)!) }
  },
})

export const enrolSegment = route({
  summary: 'Enrol everybody who is in a segment now, in the background',
  description: 'Entry condition and re-entry rule hold for each. The numbers of the report grow as they enter.',
  params: z.object({ id }),
  body: segmentEnrolmentsBody,
  response: z.object({ people: z.number().describe('in the segment now') }),
  status: 202,
  handler: async ({ app, params, body }) => {
    const journey = await findJourney(app.db, params.id)
    if (!journey) throw notFound('journey')
    if (journey.state !== 'active') throw conflict('journey_not_active', 'Activate the journey first: nobody enters a draft or a paused journey.')
    if (await countSegment(app.db, body.segment_id) === undefined) throw invalid([{ field: 'segment_id', message: 'there is no such segment' }])
    const people = await withTransaction(app.db, async tx => {
      const intake = await insertIntake(tx, { journey_id: params.id, segment_id: body.segment_id, key: randomUUID() }, app.now())
      await addJob(tx, 'journeys.enrol-segment', { intake_id: intake.id }, { key: `journeys.enrol-segment:${intake.id}` })
      return intake.people
    })
    return { people }
  },
})

export const retry = route({
  summary: 'Try the step again that failed for one person',
  params: z.object({ id, enrolment_id: id }),
  query: ofContact,
  handler: async ({ app, params, query }) => { await retryEnrolment(app, params.id, params.enrolment_id, query.contact_id) },
})

export const retryAll = route({
  summary: 'Try again for everybody for whom a step failed, or only one step or one reason',
  params: z.object({ id }),
  body: retrialsBody.nullish(),
  response: z.object({ retried: z.number() }),
  handler: async ({ app, params, body }) => ({ retried: await retryEverybody(app, params.id, { step: body?.step ?? null, reason: body?.reason ?? null }) }),
})

export const moveStep = route({
  summary: 'Put one person at another step of the journey',
  description: 'They arrive there at once, as if they had just come from the step before. A mail step mails them again.',
  params: z.object({ id, enrolment_id: id }),
  query: ofContact,
  body: z.strictObject({ step: z.string().max(60) }),
  handler: async ({ app, params, query, body, actor }) => {
    await putAtStep(app, params.id, params.enrolment_id, body.step, actor.kind === 'user' ? `user:${actor.id}` : 'by_hand', query.contact_id)
  },
})

export const leave = route({
  summary: 'Take one person out of the journey',
  params: z.object({ id, enrolment_id: id }),
  query: ofContact,
  handler: async ({ app, params, query }) => {
    await ensureMonths(app, [app.now()])
    await withTransaction(app.db, async tx => {
      const contactId = await contactOfEnrolment(tx, params.id, params.enrolment_id, query.contact_id)
      if (contactId === undefined) throw notFound('enrolment')
      await lockContacts(tx, [contactId])
      if (await leaveJourney(tx, params.id, contactId, params.enrolment_id, 'taken_out', app.now()) === 0) throw conflict('has_ended', 'This person is not on their way any more.')
      await applyChanges(tx, app, await changesOfWays(tx, [{ contact_id: contactId, journey_id: params.id }]), app.now())
      await touchAll(tx, [`journey:${params.id}`, `contact:${contactId}`])
    })
  },
})

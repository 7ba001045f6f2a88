import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { findByReferences } from '../contacts/find-by-references.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { countSegment } from '../journeys/enrol.sql.ts'
import { findJourney } from '../journeys/journeys.sql.ts'
import { contactOfEnrolment, failedEnrolments, leaveJourney } from '../journeys/ways.sql.ts'
import { enrolmentOutcome, enrolmentsBody, segmentEnrolmentsBody, testRunBody } from '../../shared/journeys.ts'
import { enrolByHand, retryEnrolment, startTestRun } from './start-journeys.ts'

const id = z.coerce.number().int().positive()

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
    const people = await countSegment(app.db, body.segment_id)
    if (people === undefined) throw invalid([{ field: 'segment_id', message: 'there is no such segment' }])
    await addJob(app.db, 'journeys.enrol-segment', { journey_id: params.id, segment_id: body.segment_id, key: randomUUID() })
    return { people }
  },
})

export const testRun = route({
  summary: 'Send one contact through the draft, with every wait cut short',
  params: z.object({ id }),
  body: testRunBody,
  response: z.object({ enrolment_id: z.number() }),
  status: 201,
  handler: async ({ app, params, body, actor }) => ({
    enrolment_id: await startTestRun(app, params.id, { contactId: body.contact_id, waitSeconds: body.wait_seconds, by: actor.kind === 'user' ? actor.id : null }),
  }),
})

export const retry = route({
  summary: 'Try the step again that failed for one person',
  params: z.object({ id, enrolment_id: id }),
  handler: async ({ app, params }) => { await retryEnrolment(app, params.id, params.enrolment_id) },
})

export const retryAll = route({
  summary: 'Try again for everybody for whom a step failed (the first 1,000 of them a call)',
  params: z.object({ id }),
  response: z.object({ retried: z.number() }),
  handler: async ({ app, params }) => {
    const failed = await failedEnrolments(app.db, params.id, 1000)
    for (const enrolmentId of failed) await retryEnrolment(app, params.id, enrolmentId)
    return { retried: failed.length }
  },
})

export const leave = route({
  summary: 'Take one person out of the journey',
  params: z.object({ id, enrolment_id: id }),
  handler: async ({ app, params }) => {
    await withTransaction(app.db, async tx => {
      const contactId = await contactOfEnrolment(tx, params.id, params.enrolment_id)
      if (contactId === undefined) throw notFound('enrolment')
      await lockContacts(tx, [contactId])
      if (await leaveJourney(tx, params.id, contactId, params.enrolment_id, 'taken_out', app.now()) === 0) throw conflict('has_ended', 'This person is not on their way any more.')
      await touchAll(tx, [`journey:${params.id}`, `contact:${contactId}`])
    })
  },
})

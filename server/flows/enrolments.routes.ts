import { z } from 'zod'
import { conflict, notFound } from '../base/errors.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts, lockContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import { contactOfEnrolment, failedEnrolments, leaveJourney } from '../journeys/ways.sql.ts'
import { enrolmentOutcome, enrolmentsBody, testRunBody } from '../../shared/journeys.ts'
import { enrolByHand, retryEnrolment, startTestRun } from './start-journeys.ts'

const id = z.coerce.number().int().positive()

export const enrol = route({
  summary: 'Enrol contacts by hand, each with its own outcome',
  description: 'The journey must be active. Entry condition and re-entry rule hold here too.',
  params: z.object({ id }),
  body: enrolmentsBody,
  response: z.object({ data: z.array(enrolmentOutcome) }),
  handler: async ({ app, params, body }) => {
    const { phone_country: phoneCountry } = await readCompany(app.db)
    const ids = await findContacts(app.db, body.contacts.map(reference => typeof reference === 'number' ? { id: reference } : {
      id: reference.id ?? null,
      external_id: reference.external_id === undefined ? null : normaliseExternalId(reference.external_id),
      email: reference.email === undefined ? null : normaliseEmail(reference.email),
      phone: reference.phone === undefined ? null : normalisePhone(reference.phone, phoneCountry),
    }))
    const found = ids.filter(contactId => contactId !== null)
    const outcomes = new Map((await enrolByHand(app, params.id, [...new Set(found)], body.key)).map(one => [one.contact_id, one]))
    return { data: ids.map(contactId => contactId === null ? { contact_id: null, outcome: 'not_found' } : outcomes.get(contactId)!) }
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

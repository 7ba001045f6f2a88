import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { checkJourney } from '../journeys/check-journey.ts'
import { candidate } from '../journeys/enrol.ts'
import { insertEnrolments } from '../journeys/enrol.sql.ts'
import { holdJourney, versionForTest } from '../journeys/journeys.sql.ts'
import { findUser } from '../staff/staff.sql.ts'
import { testRunBody, testRunView } from '../../shared/journeys.ts'
import { moveOn } from './advance-journeys.ts'

export const testRun = route({
  summary: 'Send some contacts through the draft, with every wait cut short and the mails only to you',
  description: 'Counted in no report. Mails go to `mails_to` (left out: your own address), marked in the subject, whatever consents and suppressions say. What would change cards, deals or other systems is only written down, unless `acts` is set.',
  params: z.object({ id: z.coerce.number().int().positive() }),
  body: testRunBody,
  response: testRunView,
  status: 201,
  handler: async ({ app, params, body, actor }) => {
    const by = actor.kind === 'user' ? actor.id : null
    const mailsTo = body.mails_to ?? (by === null ? undefined : (await findUser(app.db, by))?.email)
    if (mailsTo === undefined) throw invalid([{ field: 'mails_to', message: 'say where the mails of the test go' }])
    return { mails_to: mailsTo, runs: await startTestRun(app, params.id, { contactIds: [...new Set(body.contact_ids)], waitSeconds: body.wait_seconds, mailsTo, acts: body.acts, by }) }
  },
})

export type TestRun = { contactIds: number[], waitSeconds: number, mailsTo: string, acts: boolean, by: number | null }

export async function startTestRun(app: App, journeyId: number, { contactIds, waitSeconds, mailsTo, acts, by }: TestRun): Promise<{ contact_id: number, enrolment_id: number }[]> {
  const now = app.now()
  await ensureMonths(app, [now])
  return await withTransaction(app.db, async tx => {
    const journey = await holdJourney(tx, journeyId)
    if (!journey) throw notFound('journey')
    const blocking = (await checkJourney(tx, journey.draft)).filter(problem => problem.blocking)
    if (blocking.length > 0) throw invalid(blocking.map(({ field, message }) => ({ field, message })))
    const held = await lockContacts(tx, contactIds)
    const unknown = contactIds.findIndex(id => !held.has(id))
    if (unknown >= 0) throw invalid([{ field: `contact_ids.${unknown}`, message: 'there is no such contact' }])
    const version_id = await versionForTest(tx, journeyId, journey.draft, by, now)
    const { enrolled } = await insertEnrolments(tx, contactIds.map(contactId => ({
      ...candidate({ journey_id: journeyId, version_id, graph: journey.draft }, contactId),
      reentry: 'always' as const, trigger_key: `test:${randomUUID()}`, since: now, test_wait_seconds: waitSeconds, test: { mails_to: mailsTo, acts },
    })), now)
    await moveOn(tx, app, contactIds, now)
    return enrolled.map(one => ({ contact_id: one.contact_id, enrolment_id: one.id }))
  })
}

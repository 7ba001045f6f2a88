import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import type { enrolmentOutcome } from '../../shared/journeys.ts'
import type { App } from '../base/app.ts'
import type { JobHelpers } from '../base/jobs.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { conflict, notFound } from '../base/errors.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { readLag } from '../events/claim-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { candidate, enrolAllowed } from '../journeys/enrol.ts'
import { earlierEnrolments, membersAfter } from '../journeys/enrol.sql.ts'
import { holdIntake, writeIntakeProgress } from '../journeys/intakes.sql.ts'
import { findJourney } from '../journeys/journeys.sql.ts'
import { loadGraphs } from '../journeys/versions.sql.ts'
import { moveOn } from './advance-journeys.ts'
import { applyChanges, changesOfWays } from './apply-changes.ts'

export type EnrolmentOutcome = z.infer<typeof enrolmentOutcome> & { contact_id: number }

/** Enrols these contacts into an active journey, each with its own outcome, and moves them as far as they get. The same key again enrols nobody twice. */
export async function enrolByHand(app: App, journeyId: number, contactIds: number[], key: string | undefined): Promise<EnrolmentOutcome[]> {
  const now = app.now()
  await ensureMonths(app, [now])
  return await withTransaction(app.db, async tx => {
    const journey = await findJourney(tx, journeyId)
    if (!journey) throw notFound('journey')
    if (journey.state !== 'active' || journey.version_id === null) throw conflict('journey_not_active', 'Activate the journey first: nobody enters a draft or a paused journey.')
    return await enrolIn(tx, app, { journeyId, versionId: journey.version_id, contactIds, triggerKey: `manual:${key ?? randomUUID()}` }, now)
  })
}

type Entering = { journeyId: number, versionId: number, contactIds: number[], triggerKey: string }

async function enrolIn(tx: Db, app: App, { journeyId, versionId, contactIds, triggerKey }: Entering, now: Date): Promise<EnrolmentOutcome[]> {
  const graph = (await loadGraphs(tx, [versionId])).get(versionId)!
  const active = { journey_id: journeyId, version_id: versionId, graph }
  const held = await lockContacts(tx, contactIds)
  const candidates = [...held].map(id => ({ ...candidate(active, id), trigger_key: triggerKey, since: now }))
  const { enrolled, refused } = await enrolAllowed(tx, new Map([[journeyId, active]]), candidates, now)
  const entered = new Set(enrolled.map(one => one.contact_id))
  const earlier = new Map((await earlierEnrolments(tx, journeyId, [...held].filter(id => !entered.has(id)), triggerKey)).map(one => [one.contact_id, one]))
  if (entered.size > 0) {
    await moveOn(tx, app, [...entered], now)
    await applyChanges(tx, app, await changesOfWays(tx, enrolled), now)
  }
  return contactIds.map(contact_id => {
    if (!held.has(contact_id)) return { contact_id, outcome: 'not_found' }
    if (entered.has(contact_id)) return { contact_id, outcome: 'enrolled' }
    const refusal = refused.get(`${contact_id}:${journeyId}`)
    if (refusal) return { contact_id, outcome: refusal }
    const before = earlier.get(contact_id)
    return { contact_id, outcome: before?.same_key ? 'same_key' : before?.running ? 'still_in' : graph.reentry === 'again' ? 'too_soon_again' : 'already_was_in' }
  })
}

/**
 * Lets everybody of a segment in, some at a time, each batch with its progress in one transaction: a run that is broken
 * off goes on where it was, and the key keeps out whom it had let in. Ends quietly when the journey is paused or archived
 * meanwhile; activated again, the journey takes its members anew.
 */
export async function enrolSegment(app: App, { intake_id }: { intake_id: number }, { abortSignal }: JobHelpers): Promise<void> {
  for (;;) {
    await letEventsPass(app, abortSignal)
    const now = app.now()
    await ensureMonths(app, [now])
    if (!await enrolSome(app, intake_id, now)) return
  }
}

const mostWaiting = 1000
/**
 * Whoever enters puts an event into the queue, and that of everybody else would wait behind a hundred thousand of them. When nobody
 * works on the queue, entering goes on slowly.
 */
async function letEventsPass(app: App, signal: AbortSignal): Promise<void> {
  for (let look = 1; look <= 20; look++) {
    signal.throwIfAborted()
    if ((await readLag(app.db, app.now())).queue <= mostWaiting) return
    await pause(250, undefined, { signal })
  }
}

/** Their rows are held meanwhile: events about them wait no longer than so many take. */
const manyAtOnce = 200

/** False: nobody is left. */
async function enrolSome(app: App, intakeId: number, now: Date): Promise<boolean> {
  return await withTransaction(app.db, async tx => {
    const intake = await holdIntake(tx, intakeId)
    if (!intake || intake.finished_at !== null) return false
    const journey = await findJourney(tx, intake.journey_id)
    const versionId = journey?.state === 'active' ? journey.version_id : null
    const people = versionId === null ? [] : await membersAfter(tx, intake.segment_id, intake.after_contact_id, manyAtOnce)
    const outcomes = versionId === null || people.length === 0 ? [] : await enrolIn(tx, app, { journeyId: intake.journey_id, versionId, contactIds: people, triggerKey: `manual:${intake.key}` }, now)
    await writeIntakeProgress(tx, intakeId, {
      looked_at: people.length, enrolled: outcomes.filter(one => one.outcome === 'enrolled').length,
      after: people.at(-1) ?? intake.after_contact_id, finished: people.length < manyAtOnce,
    }, now)
    await touchAll(tx, [`journey:${intake.journey_id}`])
    return people.length === manyAtOnce
  })
}

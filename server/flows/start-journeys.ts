import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { enrolmentOutcome } from '../../shared/journeys.ts'
import type { App } from '../base/app.ts'
import type { JobHelpers } from '../base/jobs.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { candidate, enrolAllowed } from '../journeys/enrol.ts'
import { earlierEnrolments, membersAfter } from '../journeys/enrol.sql.ts'
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
    const graph = (await loadGraphs(tx, [journey.version_id])).get(journey.version_id)!
    const active = { journey_id: journeyId, version_id: journey.version_id, graph }
    const triggerKey = `manual:${key ?? randomUUID()}`

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
  })
}

/**
 * Enrols a whole segment, some at a time. A run that is broken off and begun anew enrols nobody twice: the key is the
 * job's. Ends quietly when the journey is paused or archived meanwhile.
 */
export async function enrolSegment(app: App, { journey_id, segment_id, key }: { journey_id: number, segment_id: number, key: string }, { abortSignal }: JobHelpers): Promise<void> {
  let after = 0
  for (;;) {
    abortSignal.throwIfAborted()
    const journey = await findJourney(app.db, journey_id)
    if (journey?.state !== 'active') return
    const people = await membersAfter(app.db, segment_id, after, manyAtOnce)
    if (people.length === 0) return
    await enrolByHand(app, journey_id, people, key)
    after = people.at(-1)!
  }
}
const manyAtOnce = 500

import type { Db } from '../base/db.ts'
import { changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import { notify, touchAll } from '../base/live.ts'
import { withTransaction } from '../base/db.ts'
import { checkJourney } from './check-journey.ts'
import { findJourney, findVersion, holdJourney, insertVersion, setJourneyState } from './journeys.sql.ts'
import type { Journey } from './journeys.sql.ts'
import { sameGraph } from './present-journey.ts'

/**
 * Publishes the draft and lets the journey run. A draft unlike the published version becomes the next version: who
 * enters from now on goes through it, who is on their way stays on the version they began and goes on to its end.
 * Pressed twice it does nothing more. Refused, naming each field, while a problem blocks it.
 */
export async function activateJourney(db: Db, id: number, { revision, by, now }: { revision: number | undefined, by: number | null, now: Date }): Promise<Journey> {
  return await withTransaction(db, async tx => {
    const journey = await holdJourney(tx, id)
    if (!journey) throw notFound('journey')
    if (revision !== undefined && revision !== journey.revision) throw changedMeanwhile()
    const blocking = (await checkJourney(tx, journey.draft)).filter(problem => problem.blocking)
    if (blocking.length > 0) throw invalid(blocking.map(({ field, message }) => ({ field, message })))

    const published = journey.version_id === null ? undefined : await findVersion(tx, journey.version_id)
    const versionId = published && sameGraph(published.graph, journey.draft) ? published.id : (await insertVersion(tx, id, journey.draft, by, now)).id
    await setJourneyState(tx, id, 'active', versionId, now)
    await touchAll(tx, ['journeys', `journey:${id}`])
    await notify(tx, 'journeys')
    return (await findJourney(tx, id))!
  })
}

/** Everybody keeps their place and their wait; nobody moves and nobody enters until it is activated again. */
export async function pauseJourney(db: Db, id: number, now: Date): Promise<Journey> {
  return await withTransaction(db, async tx => {
    const journey = await holdJourney(tx, id)
    if (!journey) throw notFound('journey')
    if (journey.state === 'draft') throw conflict('not_published', 'This journey was never published, so there is nothing to pause.')
    await setJourneyState(tx, id, 'paused', null, now)
    await touchAll(tx, ['journeys', `journey:${id}`])
    return (await findJourney(tx, id))!
  })
}

import type { Db } from '../base/db.ts'
import { changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { notify, touchAll } from '../base/live.ts'
import { withTransaction } from '../base/db.ts'
import type { PlaceDecision, PublicationPreview } from '../../shared/journey-versions.ts'
import { compareGraphs, proposeStep } from '../../shared/journey-versions.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { checkJourney } from './check-journey.ts'
import { countSegment } from './enrol.sql.ts'
import { insertIntake } from './intakes.sql.ts'
import { findJourney, findVersion, holdJourney, insertVersion, setDraft, setJourneyState } from './journeys.sql.ts'
import type { Journey } from './journeys.sql.ts'
import { countPlaces, finishEarlierMoves, insertMove, listVersions } from './move-people.sql.ts'
import { planMove } from './plan-move.ts'
import { sameGraph } from './present-journey.ts'

export type Publication = {
  revision?: number | undefined
  /** number of an older version to publish again; null: the draft */
  version?: number | null
  people?: 'stay' | 'move' | 'end'
  places?: PlaceDecision[]
  by: number | null
  now: Date
}

/**
 * Publishes the draft, or an older version again, and lets the journey run. A graph unlike the published one becomes the
 * next version: who enters from now on goes through it; who is on their way stays on the version they began, goes on in
 * the new one or ends, as decided, moved by a job. Pressed twice it does nothing more. Refused, naming each field, while
 * a problem blocks it or it is open where somebody goes.
 */
export async function activateJourney(db: Db, id: number, { revision, version = null, people = 'stay', places = [], by, now }: Publication): Promise<Journey> {
  return await withTransaction(db, async tx => {
    const journey = await holdJourney(tx, id)
    if (!journey) throw notFound('journey')
    if (revision !== undefined && revision !== journey.revision) throw changedMeanwhile()
    const graph = await graphToPublish(tx, journey, version)
    const blocking = (await checkJourney(tx, graph)).filter(problem => problem.blocking)
    if (blocking.length > 0) throw invalid(blocking.map(({ field, message }) => ({ field, message })))

    const published = journey.version_id === null ? undefined : await findVersion(tx, journey.version_id)
    const versionId = published && sameGraph(published.graph, graph) ? published.id : (await insertVersion(tx, id, graph, by, now)).id
    // Going back takes the draft along, unless it holds changes of its own.
    if (version !== null && published && sameGraph(published.graph, journey.draft)) await setDraft(tx, id, graph)
    await planPeople(tx, id, versionId, graph, { people, places, by, now })
    await setJourneyState(tx, id, 'active', versionId, now)
    if (journey.state !== 'active' || versionId !== published?.id) await takeMembers(tx, id, graph, now)
    await touchAll(tx, ['journeys', `journey:${id}`])
    await notify(tx, 'journeys')
    return (await findJourney(tx, id))!
  })
}

/** Who is inside the segment already when the journey is activated enters in the background; the key lets nobody in twice by this. */
async function takeMembers(tx: Db, journeyId: number, { trigger }: JourneyGraph, now: Date): Promise<void> {
  if (trigger.kind !== 'segment_entered' || !trigger.take_members || trigger.segment_id === null) return
  const intake = await insertIntake(tx, { journey_id: journeyId, segment_id: trigger.segment_id, key: 'members' }, now)
  await addJob(tx, 'journeys.enrol-segment', { intake_id: intake.id }, { key: `journeys.enrol-segment:${intake.id}` })
}

async function graphToPublish(db: Db, journey: Journey, version: number | null): Promise<JourneyGraph> {
  if (version === null) return journey.draft
  const older = (await listVersions(db, journey.id)).find(one => one.number === version)
  if (!older) throw invalid([{ field: 'version', message: `there is no version ${version}` }])
  return older.graph
}

async function planPeople(tx: Db, journeyId: number, versionId: number, graph: JourneyGraph, { people, places, by, now }: { people: 'stay' | 'move' | 'end', places: PlaceDecision[], by: number | null, now: Date }): Promise<void> {
  const versions = await listVersions(tx, journeyId)
  const counts = (await countPlaces(tx, journeyId)).filter(place => place.version_id !== versionId)
  const plan = planMove({ older: versions.filter(one => one.id !== versionId && one.people > 0), after: graph, counts, people, decisions: places })
  if (plan.errors.length > 0) throw invalid(plan.errors)
  await finishEarlierMoves(tx, journeyId, now)
  if (plan.plan.length === 0) return
  const move = await insertMove(tx, { journey_id: journeyId, version_id: versionId, plan: plan.plan, people: plan.people, created_by: by }, now)
  await addJob(tx, 'journeys.move-people', { move_id: move }, { key: `journeys.move-people:${move}` })
}

/** What publishing would change, how many are where, and where they would go on. Changes nothing. */
export async function previewPublication(db: Db, id: number, version: number | null): Promise<PublicationPreview> {
  const journey = await findJourney(db, id)
  if (!journey) throw notFound('journey')
  const graph = await graphToPublish(db, journey, version)
  const versions = await listVersions(db, id)
  const live = versions.find(one => one.id === journey.version_id)
  // Who is on the live version already stays there when its graph does not change.
  const counts = (await countPlaces(db, id)).filter(place => !(live && place.version_id === live.id && sameGraph(live.graph, graph)))
  const graphs = new Map(versions.map(one => [one.number, one.graph]))
  return {
    from: live?.number ?? null,
    changes: live ? compareGraphs(live.graph, graph) : null,
    problems: await checkJourney(db, graph),
    takes_members: graph.trigger.kind === 'segment_entered' && graph.trigger.take_members && graph.trigger.segment_id !== null ? await countSegment(db, graph.trigger.segment_id) ?? 0 : null,
    people: counts.reduce((sum, place) => sum + place.people, 0),
    places: counts.map(place => ({ version: place.version, step: place.step, people: place.people, proposal: graphs.has(place.version) ? proposeStep(graphs.get(place.version)!, graph, place.step) : null })),
    graphs: Object.fromEntries([...new Set(counts.map(place => place.version))].flatMap(number => graphs.has(number) ? [[String(number), graphs.get(number)!]] : [])),
  }
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

import type { App } from '../base/app.ts'
import { addJob } from '../base/jobs.ts'
import { touchAll } from '../base/live.ts'
import type { JourneyListRow } from './journeys.sql.ts'
import { countJourney, findKeptNumbers, keepNumbers } from './report.sql.ts'
import type { JourneyNumbers, KeptNumbers } from './report.sql.ts'

/** Journeys that fewer people went through are counted whenever somebody looks: that takes some 50 ms. */
const manyPeople = 5000
/** Kept numbers are counted anew when so many times the time has passed that counting takes: at most a twentieth of one core. */
const rest = 20

/** The numbers of a journey: counted now, or (of many people) those kept, which are then counted anew in the background. */
export async function readNumbers(app: App, journeyId: number): Promise<{ numbers: JourneyNumbers, counted_at: Date | null }> {
  // Of whoever sees a part, the part is counted.
  const kept = app.isNarrowed ? undefined : await findKeptNumbers(app.db, journeyId)
  if (kept) {
    await countAgain(app, journeyId, kept)
    return kept
  }
  const counted = await count(app, journeyId)
  if (!app.isNarrowed && entered(counted.numbers) >= manyPeople) await keepNumbers(app.db, journeyId, counted)
  return { ...counted, counted_at: null }
}

/** Of the journeys on a page: those of many people without kept numbers get some, those whose numbers are old new ones. */
export async function tendNumbers(app: App, rows: JourneyListRow[]): Promise<void> {
  for (const { id, entered: people, counted_at, took_ms } of rows) {
    if (counted_at !== null && took_ms !== null) {
      if (restUntil({ counted_at, took_ms }) <= app.now()) await countAgain(app, id, { counted_at, took_ms })
    } else if (people >= manyPeople) await addJob(app.db, 'journeys.count', { journey_id: id }, { key: `journeys.count:${id}`, queue: 'journeys.count' })
  }
}

/** The job: pages that show the journey hear of it when its numbers are others than before. */
export async function countKept(app: App, { journey_id }: { journey_id: number }): Promise<void> {
  if (await keepNumbers(app.db, journey_id, await count(app, journey_id))) await touchAll(app.db, ['journeys', `journey:${journey_id}`])
}

async function count(app: App, journeyId: number): Promise<KeptNumbers> {
  const counted_at = app.now()
  const began = performance.now()
  const numbers = await countJourney(app.db, journeyId)
  return { numbers, counted_at, took_ms: Math.round(performance.now() - began) }
}

async function countAgain(app: App, journeyId: number, kept: Pick<KeptNumbers, 'counted_at' | 'took_ms'>): Promise<void> {
  await addJob(app.db, 'journeys.count', { journey_id: journeyId }, { key: `journeys.count:${journeyId}`, queue: 'journeys.count', runAt: restUntil(kept) })
}

const restUntil = ({ counted_at, took_ms }: Pick<KeptNumbers, 'counted_at' | 'took_ms'>): Date => new Date(counted_at.getTime() + rest * took_ms)

const entered = (numbers: JourneyNumbers): number => numbers.places.reduce((sum, place) => sum + place.entered, 0)

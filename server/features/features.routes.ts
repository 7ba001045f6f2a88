import { z } from 'zod'
import { knownEvents } from '../../shared/events.ts'
import { contactFeatures, engagementSettings, featuresState, leastData } from '../../shared/features.ts'
import type { EngagementSettings, FeatureRun, FeaturesState } from '../../shared/features.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany, writeSetting } from '../company/company.sql.ts'
import { readEngagement } from '../events/engagement.ts'
import { readContactFeatures } from './contact-features.sql.ts'
import { findLatestRun, findStanding, isJobThere } from './runs.sql.ts'
import type { RunRow } from './runs.sql.ts'

export const show = route({
  summary: 'Computed features: weights of the engagement score, the models as fitted last, and how far a computation is',
  response: featuresState,
  handler: ({ app }) => readState(app),
})

export const compute = route({
  summary: 'Compute RFM classes and predictions again, in the background',
  description: 'Happens every night by itself. Asked for while a computation is under way, it changes nothing.',
  response: featuresState, status: 202,
  async handler({ app }) {
    await addJob(app.db, 'features.compute', {}, { key: 'features.compute', maxAttempts: 5 })
    return readState(app)
  },
})

export const changeEngagement = route({
  summary: 'Change the weights and the half-life of the engagement score',
  description: 'All scores are counted anew in the background, and the segments after them. Types that are no acts of people cannot be weighed.',
  body: engagementSettings, response: featuresState,
  async handler({ app, body }) {
    assertActs(body)
    await withTransaction(app.db, async tx => {
      await writeSetting(tx, 'engagement', body)
      await addJob(tx, 'rollups.rebuild', {}, { key: 'rollups.rebuild' })
      await touch(tx, 'features')
    })
    return readState(app)
  },
})

export const ofContact = route({
  summary: 'The computed features of a contact, each with what it was made of',
  params: z.object({ id: z.coerce.number().int().positive() }),
  response: contactFeatures,
  async handler({ app, params: { id } }) {
    const found = await readContactFeatures(app.db, id, app.now())
    if (found === undefined) throw notFound('contact')
    return found
  },
})

function assertActs({ weights }: EngagementSettings): void {
  const types = Object.keys(weights)
  if (types.length > 50) throw invalid([{ field: 'weights', message: 'at most 50 types' }])
  const wrong = types.find(type => Object.hasOwn(knownEvents, type) && !knownEvents[type as keyof typeof knownEvents].person)
  if (wrong !== undefined) throw invalid([{ field: `weights.${wrong}`, message: 'is no act of a person' }])
}

async function readState({ db }: App): Promise<FeaturesState> {
  const [latest, standing] = [await findLatestRun(db), await findStanding(db)]
  return {
    latest: latest === undefined ? null : presentRun(latest),
    waiting: await isJobThere(db, 'features.compute', 'waiting'),
    computed_at: standing?.finished_at.toISOString() ?? null,
    result: standing?.result ?? null,
    needed: { rfm_customers: leastData.rfmCustomers, customers: leastData.customers, repeat_customers: leastData.repeatCustomers, weeks: leastData.weeks, valued_customers: leastData.valuedCustomers },
    currency: (await readCompany(db)).currency,
    engagement: await readEngagement(db),
    engagement_rebuilding: await isJobThere(db, 'rollups.rebuild', 'any'),
  }
}

function presentRun({ is_silent, started_at, finished_at, ...run }: RunRow): FeatureRun {
  return { ...run, state: is_silent ? 'failed' : run.state, error: is_silent ? 'was cut off' : run.error, started_at: started_at.toISOString(), finished_at: finished_at?.toISOString() ?? null }
}

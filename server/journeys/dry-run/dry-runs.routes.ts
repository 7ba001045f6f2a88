import { z } from 'zod'
import { conflict, invalid, notFound } from '../../base/errors.ts'
import { addJob } from '../../base/jobs.ts'
import { withTransaction } from '../../base/db.ts'
import { touch } from '../../base/live.ts'
import { route } from '../../base/route.ts'
import { dryRunBody, dryRunPeopleQuery, dryRunView } from '../../../shared/dry-runs.ts'
import type { DryRunView } from '../../../shared/dry-runs.ts'
import { journeyPerson } from '../../../shared/journeys.ts'
import { checkJourney } from '../check-journey.ts'
import { findJourney, holdJourney } from '../journeys.sql.ts'
import { sameGraph } from '../present-journey.ts'
import { cancelDryRun, dropEarlierDryRuns, insertDryRun, latestDryRun, namesOf } from './dry-runs.sql.ts'
import type { DryRun } from './dry-runs.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

function present(run: DryRun, draft: object): DryRunView {
  const { examples: _examples, ...result } = run.result ?? { examples: {} }
  return {
    id: run.id, state: run.state, progress: run.progress, options: run.options, error: run.error,
    result: run.result === null ? null : result as DryRunView['result'],
    outdated: !sameGraph(run.graph, draft),
    created_at: run.created_at.toISOString(), finished_at: run.finished_at?.toISOString() ?? null,
  }
}

export const start = route({
  summary: 'Play the draft over what happened in the last days, without doing anything of it',
  description: 'Runs in the background; the earlier result of the journey is dropped. Events count as they were, fields of the card as they are now; the notes of the result say what it cannot know.',
  params,
  body: dryRunBody,
  response: dryRunView,
  status: 202,
  handler: async ({ app, params: { id }, body, actor }) => withTransaction(app.db, async tx => {
    const journey = await holdJourney(tx, id)
    if (!journey) throw notFound('journey')
    const blocking = (await checkJourney(tx, journey.draft)).filter(problem => problem.blocking)
    if (blocking.length > 0) throw invalid(blocking.map(({ field, message }) => ({ field, message })))
    await dropEarlierDryRuns(tx, id)
    const run = await insertDryRun(tx, { journey_id: id, graph: journey.draft, options: body, by: actor.kind === 'user' ? actor.id : null }, app.now())
    await addJob(tx, 'journeys.dry-run', { dry_run_id: run.id }, { maxAttempts: 3 })
    await touch(tx, `journey:${id}`)
    return present(run, journey.draft)
  }),
})

export const read = route({
  summary: 'The latest dry run of a journey: how far it is, or what came out',
  params,
  response: z.object({ dry_run: dryRunView.nullable() }),
  handler: async ({ app, params: { id } }) => {
    const journey = await findJourney(app.db, id)
    if (!journey) throw notFound('journey')
    const run = await latestDryRun(app.db, id)
    return { dry_run: run ? present(run, journey.draft) : null }
  },
})

export const cancel = route({
  summary: 'Stop the dry run that is going on',
  params,
  handler: async ({ app, params: { id } }) => {
    if (await cancelDryRun(app.db, id, app.now()) === 0) throw conflict('not_running', 'No dry run is going on.')
    await touch(app.db, `journey:${id}`)
  },
})

export const people = route({
  summary: 'Some of the people a dry run led to a step or one of its ways, or who entered (at most 200)',
  params,
  query: dryRunPeopleQuery,
  response: z.object({ data: z.array(journeyPerson), next_cursor: z.null() }),
  handler: async ({ app, params: { id }, query }) => {
    const run = await latestDryRun(app.db, id)
    if (!run) throw notFound('dry run')
    const found = await namesOf(app.db, run.result?.examples[query.what === undefined ? query.step ?? '' : `${query.step ?? ''}:${query.what}`] ?? [])
    return { data: found.map(person => ({ ...person, enrolment_id: 0, at: null, note: '' })), next_cursor: null }
  },
})

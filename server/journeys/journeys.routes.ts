import { z } from 'zod'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { changedMeanwhile, notFound } from '../base/errors.ts'
import { withTransaction } from '../base/db.ts'
import { addJob } from '../base/jobs.ts'
import { route } from '../base/route.ts'
import { touchAll } from '../base/live.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { enrolmentView, journeyActivation, journeyBody, journeyFailure, journeyPeopleQuery, journeyPerson, journeyProblem, journeyGraph, journeyReport, journeyRow, journeyUpdate, journeyView, splitWinner } from '../../shared/journeys.ts'
import { checkJourney } from './check-journey.ts'
import { archiveJourney, findJourney, insertJourney, listJourneys, updateJourney } from './journeys.sql.ts'
import { readNumbers, tendNumbers } from './journey-numbers.ts'
import { peopleBehind } from './people.sql.ts'
import { presentJourney, presentJourneyRow, presentReport, presentWay } from './present-journey.ts'
import { activateJourney, pauseJourney } from './publish-journey.ts'
import { failures } from './report.sql.ts'
import { listWinners } from './steps/decide-winners.sql.ts'
import { toMajor } from '../../shared/money.ts'
import { findWays } from './ways.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const userId = (actor: { kind: string, id?: number }): number | null => actor.kind === 'user' ? actor.id ?? null : null

export const list = route({
  summary: 'Journeys with their numbers, the newest first',
  query: z.object({ search: z.string().max(200).default(''), cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(journeyRow), next_cursor: z.string().nullable() }),
  handler: async ({ app, query }) => {
    const { currency } = await loadConditionContext(app.db)
    const found = await listJourneys(app.db, { search: query.search.trim(), before: readIdCursor(query.cursor) ?? null, limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    await tendNumbers(app, page)
    return { data: page.map(presentJourneyRow(currency)), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const create = route({
  summary: 'Make a journey: a draft nobody enters yet',
  body: journeyBody,
  response: journeyView,
  status: 201,
  handler: async ({ app, body, actor }) => {
    const draft = body.draft ?? { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: null, steps: {} }
    return await presentJourney(app.db, await insertJourney(app.db, { name: body.name, description: body.description, draft, created_by: userId(actor) }, app.now()))
  },
})

export const read = route({
  summary: 'A journey: its draft with what is wrong with it, and its published version',
  params,
  response: journeyView,
  handler: async ({ app, params: { id } }) => {
    const journey = await findJourney(app.db, id)
    if (!journey) throw notFound('journey')
    return await presentJourney(app.db, journey)
  },
})

export const update = route({
  summary: 'Change the name, the description or the draft',
  description: 'The published version stays as it is until the journey is activated again. A draft may be incomplete.',
  params,
  body: journeyUpdate,
  response: journeyView,
  handler: async ({ app, params: { id }, body }) => {
    const { revision, ...changes } = body
    const journey = await updateJourney(app.db, id, revision, changes, app.now())
    if (!journey) throw await findJourney(app.db, id) ? changedMeanwhile() : notFound('journey')
    await touchAll(app.db, ['journeys', `journey:${id}`])
    return await presentJourney(app.db, journey)
  },
})

export const remove = route({
  summary: 'Archive a journey; who is still on their way leaves it',
  description: '409 `in_use` while a segment, a campaign or another journey asks for it or starts it: they are named in `errors` as `kind:number`.',
  params,
  status: 204,
  handler: async ({ app, params: { id } }) => {
    if (!await findJourney(app.db, id)) throw notFound('journey')
    assertUnused('journey', (await findUses(app.db, 'journey', [id])).get(id) ?? [])
    await withTransaction(app.db, async tx => {
      // Who asked about the people of this journey hears of it in the background.
      if (await archiveJourney(tx, id, app.now()) > 0) await addJob(tx, 'journeys.follow-archived', { journey_id: id }, { key: `journeys.follow-archived:${id}` })
    })
    await touchAll(app.db, ['journeys', `journey:${id}`])
  },
})

export const copy = route({
  summary: 'Make a copy of a journey, as a draft',
  params,
  response: journeyView,
  body: z.strictObject({ name: z.string().trim().min(1).max(200) }),
  status: 201,
  handler: async ({ app, params: { id }, body, actor }) => {
    const journey = await findJourney(app.db, id)
    if (!journey) throw notFound('journey')
    return await presentJourney(app.db, await insertJourney(app.db, { name: body.name, description: journey.description, draft: journey.draft, created_by: userId(actor) }, app.now()))
  },
})

export const check = route({
  summary: 'What is wrong with a graph, without saving it',
  reads: true,
  body: z.strictObject({ draft: journeyGraph }),
  response: z.object({ problems: z.array(journeyProblem) }),
  handler: async ({ app, body }) => ({ problems: await checkJourney(app.db, body.draft) }),
})

export const activate = route({
  summary: 'Publish the draft and let the journey run',
  description: 'Who is on their way stays on the version they began and goes on to its end; who enters from now on goes through the new one. A second call changes nothing.',
  params,
  body: journeyActivation.nullish(),
  response: journeyView,
  handler: async ({ app, params: { id }, body, actor }) =>
    await presentJourney(app.db, await activateJourney(app.db, id, { revision: body?.revision, by: userId(actor), now: app.now() })),
})

export const pause = route({
  summary: 'Pause: everybody keeps their place, nobody moves or enters',
  params,
  response: journeyView,
  handler: async ({ app, params: { id } }) => await presentJourney(app.db, await pauseJourney(app.db, id, app.now())),
})

export const report = route({
  summary: 'What the journey has done, as a whole and at each step (test runs left out)',
  params,
  response: journeyReport,
  handler: async ({ app, params: { id } }) => {
    if (!await findJourney(app.db, id)) throw notFound('journey')
    return presentReport(await readNumbers(app, id), (await loadConditionContext(app.db)).currency)
  },
})

export const failed = route({
  summary: 'For whom steps failed: how many by step and reason, the most first',
  params,
  response: z.object({ data: z.array(journeyFailure), next_cursor: z.null() }),
  handler: async ({ app, params: { id } }) => ({ data: await failures(app.db, id), next_cursor: null }),
})

export const people = route({
  summary: 'The people behind a number of the report',
  params,
  query: journeyPeopleQuery,
  response: z.object({ data: z.array(journeyPerson), next_cursor: z.string().nullable() }),
  handler: async ({ app, params: { id }, query }) => {
    const found = await peopleBehind(app.db, id, { step: query.step, what: query.what, outcome: query.outcome, reason: query.reason, after: readIdCursor(query.cursor) ?? 0, limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    return {
      data: page.map(person => ({ ...person, at: person.at?.toISOString() ?? null })),
      next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.contact_id]) : null,
    }
  },
})

export const ways = route({
  summary: "One person's way through the journey, step by step with the reasons",
  params,
  query: z.object({ contact_id: z.coerce.number().int().positive() }),
  response: z.object({ data: z.array(enrolmentView), next_cursor: z.null() }),
  handler: async ({ app, params: { id }, query }) => ({ data: (await findWays(app.db, query.contact_id, id)).map(presentWay), next_cursor: null }),
})

export const ofContact = route({
  summary: 'The journeys a contact is or was in',
  params,
  response: z.object({ data: z.array(enrolmentView), next_cursor: z.null() }),
  handler: async ({ app, params: { id } }) => ({ data: (await findWays(app.db, id, null)).map(presentWay), next_cursor: null }),
})

export const winners = route({
  summary: 'Which ways of random splits won, and by which numbers that was decided',
  params,
  response: z.object({ data: z.array(splitWinner), next_cursor: z.null() }),
  handler: async ({ app, params: { id } }) => {
    if (!await findJourney(app.db, id)) throw notFound('journey')
    const { currency } = await loadConditionContext(app.db)
    return {
      data: (await listWinners(app.db, id)).map(({ numbers, decided_at, ...decided }) => ({
        ...decided, measure: numbers.measure, decided_at: decided_at.toISOString(),
        ways: numbers.ways.map(way => ({ ...way, value: numbers.measure === 'revenue' ? toMajor(way.value, currency) : way.value })),
      })),
      next_cursor: null,
    }
  },
})

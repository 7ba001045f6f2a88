import { z } from 'zod'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { journeyGraph, journeyView } from '../../shared/journeys.ts'
import { compareGraphs, publicationBody, publicationPreview, versionRow } from '../../shared/journey-versions.ts'
import { findJourney } from './journeys.sql.ts'
import { listMoves, listVersions } from './move-people.sql.ts'
import { presentJourney } from './present-journey.ts'
import { activateJourney, previewPublication } from './publish-journey.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const preview = route({
  summary: 'What publishing would change, how many people are where, and where they would go on',
  description: 'Changes nothing. Without a version it is about the draft, with one about publishing that version again.',
  params,
  query: z.object({ version: z.coerce.number().int().positive().optional() }),
  response: publicationPreview,
  handler: async ({ app, params: { id }, query }) => await previewPublication(app.db, id, query.version ?? null),
})

export const publish = route({
  summary: 'Publish the draft, or an older version again, and say what becomes of people on their way',
  description: 'Becomes the next version unless nothing changed. People are moved in the background; the list of versions shows how far it is. Nobody is mailed twice by the same step, waits keep what has passed.',
  params,
  body: publicationBody,
  response: journeyView,
  handler: async ({ app, params: { id }, body, actor }) =>
    await presentJourney(app.db, await activateJourney(app.db, id, { ...body, by: actor.kind === 'user' ? actor.id : null, now: app.now() })),
})

export const list = route({
  summary: 'Published versions, the newest first: who, when, what changed, how many are on their way',
  params,
  response: z.object({ data: z.array(versionRow), next_cursor: z.null() }),
  handler: async ({ app, params: { id } }) => {
    const journey = await findJourney(app.db, id)
    if (!journey) throw notFound('journey')
    const versions = await listVersions(app.db, id)
    const moves = new Map((await listMoves(app.db, id)).toReversed().map(move => [move.version_id, move]))
    return {
      data: versions.map((version, index) => {
        const move = moves.get(version.id)
        const before = versions[index + 1]
        return {
          number: version.number, published_at: version.published_at.toISOString(), published_by: version.published_by, live: version.id === journey.version_id, people: version.people,
          changes: before ? compareGraphs(before.graph, version.graph) : null,
          move: move ? { people: move.people, moved: move.moved, ended: move.ended, finished: move.finished_at !== null } : null,
        }
      }),
      next_cursor: null,
    }
  },
})

export const read = route({
  summary: 'The graph of one published version',
  params: params.extend({ number: z.coerce.number().int().positive() }),
  response: z.object({ number: z.number(), graph: journeyGraph }),
  handler: async ({ app, params: { id, number } }) => {
    const version = (await listVersions(app.db, id)).find(one => one.number === number)
    if (!version) throw notFound('version')
    return { number, graph: version.graph }
  },
})

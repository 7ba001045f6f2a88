import { z } from 'zod'
import { touchAll } from '../../base/live.ts'
import { route } from '../../base/route.ts'
import { journeyView } from '../../../shared/journeys.ts'
import { readyMadeBody, readyMadeJourney, readyMadeKeys } from '../../../shared/ready-made.ts'
import { presentJourney } from '../present-journey.ts'
import { listReadyMade, makeReadyMade } from './make-ready-made.ts'

export const list = route({
  summary: 'Ready-made journeys: their flow, their mails and what is made with them',
  response: z.object({ data: z.array(readyMadeJourney), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: await listReadyMade(app.db, readyMadeKeys), next_cursor: null }),
})

export const make = route({
  summary: 'Make a ready-made journey, as a draft, with its mails in Russian and English and whatever else it needs',
  params: z.object({ key: z.enum(readyMadeKeys) }),
  body: readyMadeBody,
  response: journeyView,
  status: 201,
  handler: async ({ app, params, body, actor }) => {
    const journey = await makeReadyMade(app.db, params.key, { topicId: body.topic_id, userId: body.user_id, site: body.site, by: actor.kind === 'user' ? actor.id : null }, app.now())
    await touchAll(app.db, ['journeys'])
    return await presentJourney(app.db, journey)
  },
})

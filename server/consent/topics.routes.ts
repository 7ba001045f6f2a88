import { z } from 'zod'
import { changeTopicBody, createTopicBody, topic, type Topic } from '../../shared/consent.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { findTopic, insertTopic, listTopics, updateTopic, type TopicRow } from './topics.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

export const listAll = route({
  summary: 'Topics people can subscribe to',
  response: z.object({ data: z.array(topic), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: (await listTopics(app.db)).map(present), next_cursor: null }),
})

export const create = route({
  summary: 'Make a topic',
  body: createTopicBody,
  response: topic,
  status: 201,
  handler: async ({ app, body }) => {
    const key = body.key ?? keyFor(body.name_en)
    const id = await insertTopic(app.db, { ...body, key }, app.now())
    if (id === undefined) throw invalid([{ field: body.key === undefined ? 'name_en' : 'key', message: `another topic has the key "${key}" already` }])
    return detail(app.db, id)
  },
})

export const change = route({
  summary: 'Change or archive a topic',
  description: '409 `in_use` while a form, segment, journey or campaign needs it: they are named in `errors` as `kind:number`.',
  params: byId,
  body: changeTopicBody,
  response: topic,
  handler: ({ app, params, body }) => withTransaction(app.db, async tx => {
    if (body.archived) assertUnused('topic', (await findUses(tx, 'topic', [params.id])).get(params.id) ?? [])
    if (!await updateTopic(tx, params.id, body, app.now())) throw notFound('topic')
    return detail(tx, params.id)
  }),
})

async function detail(db: Db, id: number): Promise<Topic> {
  const found = await findTopic(db, id)
  if (found === undefined) throw notFound('topic')
  return present(found)
}

const present = (row: TopicRow): Topic => ({ ...row, archived_at: row.archived_at?.toISOString() ?? null })

/** 'Spring offers!' → 'spring-offers'; a name without Latin letters gives `topic`. */
function keyFor(name: string): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^[-0-9]+|-+$/g, '').slice(0, 50)
  return words === '' ? `topic-${Date.now().toString(36)}` : words
}

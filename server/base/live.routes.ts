import { z } from 'zod'
import type { App } from './app.ts'
import { readableIds } from './narrowed-app.ts'
import { route } from './route.ts'

const mostTopics = 200

export const stream = route({
  summary: 'Server-sent events that name what changed',
  description: 'Each message is `{"topic": "contact:12"}`; an empty topic means that something may have been missed: look at everything again. Nothing but the name is sent; read what you show again.',
  query: z.object({ topics: z.string().min(1).max(10_000).describe('comma separated, such as contact:12,campaign:3,import:4') }),
  page: true,
  async handler({ app, query, reply }) {
    const topics = new Set(await heard(app, query.topics.split(',').slice(0, mostTopics)))
    const out = reply.raw
    const early: string[] = []
    let tell = (topic: string): void => { early.push(topic) }
    const end = app.live.subscribeTopics(topics, topic => tell(topic))
    out.on('close', end)
    // Whoever reads the head may count on being told of everything after it.
    await app.live.ready()
    reply.hijack()
    out.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    out.write('retry: 2000\n\n')
    tell = topic => { out.write(`data: ${JSON.stringify({ topic })}\n\n`) }
    for (const topic of early) tell(topic)
    // Proxies close what is silent for a minute.
    const beat = setInterval(() => { out.write(': still here\n\n') }, 25_000)
    const close = (): void => { clearInterval(beat); end() }
    out.on('close', close)
    out.on('error', close)
    if (out.destroyed) close()
    return reply
  },
})

const recordTables: Record<string, string> = { contact: 'contacts', company: 'companies', lead: 'leads', deal: 'deals', task: 'tasks' }

/** Of these topics, those that are no record or a record whoever listens may see. */
async function heard(app: App, topics: string[]): Promise<string[]> {
  if (!app.isNarrowed) return topics
  const named = topics.map(topic => ({ topic, table: recordTables[topic.split(':')[0]!], id: Number(topic.split(':')[1]) }))
  const readable = new Map<string, Set<number>>()
  for (const table of new Set(named.flatMap(each => each.table ?? []))) readable.set(table, await readableIds(app.db, table, named.filter(each => each.table === table && Number.isSafeInteger(each.id)).map(each => each.id)))
  return named.filter(({ table, id }) => table === undefined || readable.get(table)!.has(id)).map(({ topic }) => topic)
}

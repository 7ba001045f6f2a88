import { z } from 'zod'
import { route } from './route.ts'

const mostTopics = 200

export const stream = route({
  summary: 'Server-sent events that name what changed',
  description: 'Each message is `{"topic": "contact:12"}`; an empty topic means that something may have been missed: look at everything again. Nothing but the name is sent; read what you show again.',
  query: z.object({ topics: z.string().min(1).max(10_000).describe('comma separated, such as contact:12,campaign:3,import:4') }),
  page: true,
  async handler({ app, query, reply }) {
    const topics = new Set(query.topics.split(',').slice(0, mostTopics))
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

/** `npm run bench -- lists`: pages of a list of contacts by every kind of order and filter, counts, a bulk action and exports. --contacts 1000000; --folder /some/where keeps the base there and takes it up again. */
import { parseArgs } from 'node:util'
import { one, sql } from '../server/base/db.ts'
import { runBulkActions } from '../server/flows/run-bulk-actions.ts'
import { createServer } from '../server/start.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, perSecond, seconds } from './measure.ts'
import { seedContacts } from './seed.ts'

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { contacts: { type: 'string', default: '1000000' }, folder: { type: 'string' } } })
  const { app, stop } = await benchApp({}, values.folder)
  try {
    const { many } = await one<{ many: number }>(app.db, sql`select count(*) as many from contacts`)
    if (many === 0) await seedContacts(app, Number(values.contacts), Number(values.contacts))
    const server = await createServer(app)
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const headers = { authorization: `Bearer ${key}` }
    console.log(`${many || values.contacts} contacts; ${machine()}`)

    const kazan = encodeURIComponent('{"all":[{"field":"city","operator":"is","value":"Казань"}]}')
    const lists: Record<string, string> = {
      'newest first': '', 'by name': 'sort=name', 'by last activity': 'sort=-last_event_at', 'by engagement': 'sort=-engagement_score', 'by revenue': 'sort=-revenue', 'by city': 'sort=city', 'by source, the other way': 'sort=-source',
      'a city, newest first': `filter=${kazan}`, 'a city, by name': `filter=${kazan}&sort=name`, 'a rare tag, by email (no index)': 'tag=1&sort=email', 'search, by name': 'search=петров&sort=name',
    }
    for (const [name, query] of Object.entries(lists)) {
      const took: number[] = []
      // As somebody scrolls: ten pages on, four times.
      for (let round = 0; round < 4; round++) {
        let cursor = ''
        for (let page = 0; page < 10; page++) {
          const from = performance.now()
          const answer = await server.inject({ url: `/api/v1/contacts?${query}&limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`, headers })
          took.push(performance.now() - from)
          if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.body}`)
          cursor = answer.json<{ next_cursor: string | null }>().next_cursor ?? ''
        }
      }
      console.log(`  ${name}: p50 ${milliseconds(percentile(took, 0.5))}, p95 ${milliseconds(percentile(took, 0.95))}`)
    }
    for (const [name, url] of Object.entries({ 'how many there are': '/contacts/count', 'how many of a city': `/contacts/count?filter=${kazan}`, 'an order without an index over everybody is refused': '/contacts?sort=email' })) {
      const from = performance.now()
      const answer = await server.inject({ url: `/api/v1${url}`, headers })
      console.log(`  ${name}: ${milliseconds(performance.now() - from)} (${answer.statusCode} ${answer.statusCode === 200 ? answer.body : ''})`)
    }

    const change = { action: 'set', field: 'source', value: `bench ${Date.now()}`, all: { filter: { field: 'city', operator: 'is', value: 'Казань' } } }
    let from = performance.now()
    await server.inject({ method: 'POST', url: '/api/v1/bulk-actions/preview', headers, payload: change })
    console.log(`  preview of a change of a sixth of the base: ${milliseconds(performance.now() - from)}`)
    await server.inject({ method: 'POST', url: '/api/v1/bulk-actions', headers, payload: change })
    from = performance.now()
    for (let part = 0; part < 20; part++) await runBulkActions(app)
    console.log(`  the change: ${perSecond(20 * 500, seconds(from))}, with what follows from it`)
    await sql`update bulk_actions set state = 'stopped' where state = 'running'`.execute(app.db)

    await server.listen({ port: 0, host: '127.0.0.1' })
    const address = server.server.address() as { port: number }
    for (const format of ['csv', 'xlsx']) {
      from = performance.now()
      const before = process.memoryUsage().rss
      let most = 0
      let bytes = 0
      const answer = await fetch(`http://127.0.0.1:${address.port}/api/v1/contacts/export?format=${format}&language=en&columns=name,email,phone,city,source,tags,last_event_at,created_at`, { headers })
      for await (const piece of answer.body!) {
        bytes += piece.length
        most = Math.max(most, process.memoryUsage().rss)
      }
      console.log(`  ${format}: ${perSecond(many || Number(values.contacts), seconds(from))}, ${Math.round(bytes / 1e6)} MB; memory ${Math.round((most - before) / 1e6)} MB more at most`)
    }
    console.log(`  ${machine()}`)
    await server.close()
  } finally {
    await stop()
  }
}

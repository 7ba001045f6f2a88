import { parseArgs } from 'node:util'
import type { Condition } from '../shared/conditions.ts'
import type { ConditionPreview } from '../shared/segments.ts'
import { one, rows, sql } from '../server/base/db.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, seconds } from './measure.ts'
import { makeSegments } from './program.ts'
import { seedContacts } from './seed.ts'

/**
 * What somebody who builds a segment waits for: the preview of a condition, why it is true of somebody, and the page of a
 * segment. Options: --contacts 1000000 --past 10000000 --segments 20; --folder /some/where keeps the base there and takes it up again.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { contacts: { type: 'string', default: '1000000' }, past: { type: 'string', default: '10000000' }, segments: { type: 'string', default: '20' }, folder: { type: 'string' } } })
  const contacts = Number(values.contacts)
  const { app, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    if ((await one<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)).contacts < contacts) {
      const from = performance.now()
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, contacts, Number(values.past))
      await makeSegments(app, Number(values.segments))
      console.log(`base of ${contacts.toLocaleString('en')} contacts and ${Number(values.past).toLocaleString('en')} events made in ${seconds(from).toFixed(0)} s`)
    }
    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const ask = async <T>(path: string, body?: unknown): Promise<{ took: number, answer: T }> => {
      const from = performance.now()
      const answer = await fetch(`http://127.0.0.1:${app.settings.port}/api/v1${path}`, {
        method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`)
      return { took: performance.now() - from, answer: JSON.parse(text) as T }
    }
    const why: number[] = []
    for (const [name, condition] of Object.entries(asked)) {
      await ask('/conditions/preview', { condition })
      const { took, answer } = await ask<ConditionPreview>('/conditions/preview', { condition })
      console.log(`${name.padEnd(40)} ${milliseconds(took).padStart(8)}   ${answer.count.toLocaleString('en')} people, ${answer.exact ? 'exact' : 'estimated'}; beside the lines ${answer.steps_exact ? 'exact' : 'estimated'}`)
      for (const part of [0.1, 0.5, 0.9]) why.push((await ask('/conditions/explanation', { condition, contact_id: Math.round(contacts * part) })).took)
    }
    console.log(`why: p50 ${milliseconds(percentile(why, 0.5))}, p95 ${milliseconds(percentile(why, 0.95))}`)
    for (const { id, members } of await rows<{ id: number, members: number }>(app.db, sql`select id, members_count as members from segments where archived_at is null order by members_count desc limit 3`)) {
      const took: string[] = []
      for (const path of ['', '/overlaps', '/days', '/moves', '/contacts']) took.push(`${path === '' ? 'itself' : path.slice(1)} ${milliseconds((await ask(`/segments/${id}${path}`)).took)}`)
      console.log(`a segment of ${members.toLocaleString('en')}: ${took.join(', ')}`)
    }
    await server.close()
    console.log(machine())
  } finally {
    await stop()
  }
}

const days = (amount: number) => ({ amount, unit: 'days' as const })
const inKazan: Condition = { field: 'city', operator: 'is', value: 'Казань' }
const asked: Record<string, Condition> = {
  'a city': inKazan,
  'a city and turnover': { all: [inKazan, { field: 'revenue', operator: 'more_than', value: 1000 }] },
  'a rare tag': { tag: 1, has: true },
  'a rare tag and a city': { all: [{ tag: 1, has: true }, inKazan] },
  'nobody': { field: 'revenue', operator: 'at_least', value: 1_000_000_000 },
  'a city, opened lately': { all: [inKazan, { field: 'last_open_at', operator: 'in_last', value: days(16) }] },
  'two visits in nine days': { event: 'page.viewed', count: { at_least: 2 }, window: { last: days(9) } },
  'a visit ever': { event: 'page.viewed' },
  'five visits ever': { event: 'page.viewed', count: { at_least: 5 } },
  'an order of some size in 30 days': { event: 'order.placed', window: { last: days(30) }, where: [{ property: 'amount', operator: 'at_least', value: 100 }] },
  'clicked and did not order in 30 days': { all: [{ field: 'last_click_at', operator: 'in_last', value: days(30) }, { event: 'order.placed', count: { exactly: 0 }, window: { last: days(30) } }] },
  'silent for 90 days': { all: [{ field: 'last_event_at', operator: 'not_in_last', value: days(90) }, { field: 'mails_sent', operator: 'at_least', value: 1 }] },
  'a cart not followed by an order': { event: 'cart.updated', window: { last: days(7) }, not_followed_by: { event: 'order.placed' } },
  'seven lines': { all: [
    { field: 'city', operator: 'is_not', value: 'Paris' }, { field: 'mails_sent', operator: 'at_least', value: 1 }, { event: 'email.opened', window: { last: days(30) } },
    { event: 'email.clicked', count: { exactly: 0 }, window: { last: days(30) } }, { any: [{ tag: 2, has: true }, { field: 'source', operator: 'is', value: 'form' }] }, { event: 'page.viewed', count: { at_least: 2 }, window: { last: days(60) } },
  ] },
}

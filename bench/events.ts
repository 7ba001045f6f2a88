import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { from as copyFrom } from 'pg-copy-streams'
import type { App } from '../server/base/app.ts'
import { rows, sql } from '../server/base/db.ts'
import { LoopRunner } from '../server/base/loops.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { keepMonthsReady } from '../server/events/months.ts'
import { processEvents } from '../server/flows/process-events.ts'
import { activateJourney } from '../server/journeys/publish-journey.ts'
import { findJourney, insertJourney } from '../server/journeys/journeys.sql.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import { startProgram } from '../test/program.ts'
import { benchApp } from './database.ts'
import { countMemberships, makeJourneys, makeSegments } from './program.ts'
import { cpuSeconds, machine, memoryOf, milliseconds, percentile, perSecond, seconds } from './measure.ts'
import { seedContacts } from './seed.ts'

/**
 * What an event costs, from the HTTP request to everything that follows from it, with the ready-made segments and a
 * journey live: intake until processed against raw COPY of the same rows, event → membership → message at a steady rate,
 * and the answer times of list, card and timeline. Options: --contacts 10000 --past 100000 --events 100000 --rate 500 --seconds 20
 * --segments 0 --journeys 0 more of them than the ready-made ones; --folder /some/where keeps the base there and takes it up again.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: {
    contacts: { type: 'string', default: '10000' }, past: { type: 'string', default: '100000' }, events: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '500' }, seconds: { type: 'string', default: '20' }, segments: { type: 'string', default: '0' }, journeys: { type: 'string', default: '0' }, folder: { type: 'string' },
  } })
  const contacts = Number(values.contacts)
  const { app, databaseUrl, postmaster, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    let began = performance.now()
    const [there] = await rows<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)
    if (there!.contacts < contacts) {
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, contacts, Number(values.past))
      const from = performance.now()
      await makeJourneys(app, Number(values.journeys), await makeSegments(app, Number(values.segments)))
      if (Number(values.segments) > 0) console.log(`${values.segments} segments with ${(await countMemberships(app)).toLocaleString('en')} memberships computed and ${values.journeys} journeys begun in ${seconds(from).toFixed(0)} s`)
    }
    await startJourney(app)
    while (await recomputeSegments(app));
    console.log(`base of ${contacts.toLocaleString('en')} contacts and ${Number(values.past).toLocaleString('en')} events made in ${seconds(began).toFixed(0)} s`)

    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    await app.live.start()
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const callAt = (url: string) => (path: string, body?: unknown): Promise<Response> => fetch(`${url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const call = callAt(`http://127.0.0.1:${app.settings.port}`)
    const runner = new LoopRunner(app)
    await keepMonthsReady(app)
    runner.start([{ role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents }])

    // Ids of this run, since a kept base remembers those of the ones before.
    const name = `${Date.now()}-`
    const events = makeEvents(Number(values.events), contacts, name)
    await call('/events', { events: makeEvents(2000, contacts, `warm${name}`) })
    await settled(app)
    const cpuBefore = cpuSeconds(postmaster)
    began = performance.now()
    for (let from = 0; from < events.length; from += 10_000) {
      await Promise.all([0, 5000].map(offset => events.slice(from + offset, from + offset + 5000)).filter(part => part.length > 0).map(async part => {
        const answer = await call('/events', { events: part })
        if (answer.status !== 202) throw new Error(await answer.text())
      }))
    }
    const intake = seconds(began)
    await settled(app)
    const processed = seconds(began)
    const cpuBetween = cpuSeconds(postmaster)
    const copied = await copySame(app, events)
    const cpuAfter = cpuSeconds(postmaster)
    console.log(`intake ${perSecond(events.length, intake)}, until processed ${perSecond(events.length, processed)}; raw COPY of the same rows ${perSecond(events.length, copied)}; ratio 1 / ${(processed / copied).toFixed(1)}`)
    if (cpuBefore !== null && cpuBetween !== null && cpuAfter !== null) {
      const [ours, copys] = [cpuBetween - cpuBefore, cpuAfter - cpuBetween]
      console.log(`CPU of program and database: ${(ours / events.length * 1e6).toFixed(0)} µs an event, COPY ${(copys / events.length * 1e6).toFixed(0)} µs; ratio 1 / ${(ours / copys).toFixed(1)}`)
    }

    await runner.stop()
    await server.close()

    const program = await startProgram({ DATABASE_URL: databaseUrl, SECRET_KEY: 'bench', LOG_LEVEL: 'error' })
    const callProgram = callAt(program.url)
    await measureLatency(app, callProgram, contacts, Number(values.rate), Number(values.seconds))
    await measureAnswers(callProgram, contacts)
    const memory = memoryOf(program.process.pid!)
    console.log(`${machine()}${memory === null ? '' : `; the program with all roles holds ${memory.now} MB, at most ${memory.most} MB`}`)
    await program.end('SIGTERM')
  } finally {
    await stop()
  }
}

/** Whoever has bought for 100,000 or more gets a mail: nobody in the beginning. */
export async function startJourney(app: App): Promise<void> {
  const now = app.now()
  const condition = { all: [{ field: 'revenue', operator: 'at_least', value: 100_000 }] }
  const [segment] = await rows<{ id: number }>(app.db, sql`
    insert into segments (name, condition, depends_on, state) values ('Big buyers', ${JSON.stringify(condition)}::jsonb, array['field:revenue'], 'live') returning id`)
  const [template] = await rows<{ id: number }>(app.db, sql`select id from templates where kind = 'marketing' order by id limit 1`)
  const [topic] = await rows<{ id: number }>(app.db, sql`select id from topics order by id limit 1`)
  const { id } = await insertJourney(app.db, {
    name: 'Thanks', description: '', created_by: null,
    draft: { format: 1, trigger: { kind: 'segment_entered', segment_id: segment!.id }, entry_condition: null, reentry: 'once', first: 'mail', steps: { mail: { kind: 'mail', template_id: template!.id, topic_id: topic!.id, next: null } } },
  }, now)
  await activateJourney(app.db, id, { revision: undefined, by: null, now })
  if ((await findJourney(app.db, id))?.state !== 'active') throw new Error('the journey did not start')
}

type BenchEvent = { id: string, type: string, contact: { email: string }, occurred_at: string, properties: Record<string, unknown> }

function makeEvents(count: number, contacts: number, prefix: string): BenchEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const person = 1 + (index * 104_729 + 17) % contacts
    const event = { id: `${prefix}${index}`, contact: { email: emailOf(person) }, occurred_at: new Date(Date.now() - (count - index) * 10).toISOString() }
    return index % 10 === 0
      ? { ...event, type: 'order.placed', properties: { order_id: `${prefix}${index}`, amount: 1490.5, currency: 'RUB', items: [{ sku: `s${index % 500}`, name: 'Kettle', category: 'Kitchen', price: 745.25, quantity: 2 }] } }
      : { ...event, type: index % 10 < 7 ? 'page.viewed' : 'cart.updated', properties: { url: `https://shop.example.org/catalogue/${index % 1000}`, title: 'Kettles and teapots' } }
  })
}

const emailOf = (person: number): string => `person${person}@${['gmail.com', 'mail.ru', 'yandex.ru', 'example.org'][person % 4]}`

async function settled(app: App): Promise<void> {
  for (;;) {
    const [left] = await rows<{ waiting: boolean }>(app.db, sql`select exists (select from incoming_events) as waiting`)
    if (!left!.waiting) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** The same rows, numbers already known, into a table like `events` with the same indexes, by COPY from here. */
async function copySame(app: App, events: BenchEvent[]): Promise<number> {
  await sql`create table copied (like events including all)`.execute(app.db)
  const client = await app.pool.connect()
  try {
    const began = performance.now()
    const stream = client.query(copyFrom('copy copied (contact_id, id, type, occurred_at, received_at, source, properties) from stdin'))
    const escape = (text: string): string => text.replace(/[\\\t\n\r]/g, found => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[found]!)
    for (const [index, event] of events.entries()) {
      const line = `${index % 10_000}\t${index}\t${event.type}\t${event.occurred_at}\t${event.occurred_at}\tapi\t${escape(JSON.stringify(event.properties))}\n`
      if (!stream.write(line)) await once(stream, 'drain')
    }
    stream.end()
    await once(stream, 'finish')
    return seconds(began)
  } finally {
    client.release()
    await sql`drop table copied`.execute(app.db)
  }
}

/**
 * A steady stream of events; every tenth is the order that makes its buyer big. From the request to the message being there.
 * `first`: the number of the first event, so that a second measurement is about other people.
 */
export async function measureLatency(app: App, call: (path: string, body?: unknown) => Promise<Response>, contacts: number, rate: number, length: number, first = 0): Promise<void> {
  const asked = new Map<number, number>()
  const took: number[] = []
  let next = first
  const [newest] = await rows<{ id: number }>(app.db, sql`select coalesce(max(id), 0) as id from messages`)
  const asking = { over: false, at: 0 }
  const looked = (async () => {
    let last = newest!.id
    while (!asking.over || asked.size > 0) {
      const found = await rows<{ contact_id: number, id: number }>(app.db, sql`select contact_id, id from messages where journey_id = any(array(select id from journeys where name = 'Thanks')) and id > ${last} order by id`)
      const at = performance.now()
      for (const message of found) {
        last = Math.max(last, message.id)
        const from = asked.get(message.contact_id)
        if (from !== undefined) took.push(at - from)
        asked.delete(message.contact_id)
      }
      await new Promise(resolve => setTimeout(resolve, 5))
      if (asking.over && performance.now() - asking.at > 30_000) break
    }
  })()
  const began = performance.now()
  const requests: Promise<unknown>[] = []
  for (let tick = 0; tick < length * 10; tick++) {
    const wait = began + tick * 100 - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    const events = Array.from({ length: Math.round(rate / 10) }, () => {
      const number = next++
      const person = 1 + (number * 15_485_863 + 3) % contacts
      if (number % 10 !== 0 || asked.has(person)) return { id: `l${began}-${number}`, type: 'page.viewed', contact: { email: emailOf(person) }, properties: { url: 'https://shop.example.org/' } }
      asked.set(person, performance.now())
      return { id: `l${began}-${number}`, type: 'order.placed', contact: { email: emailOf(person) }, properties: { order_id: `l${began}-${number}`, amount: 150_000, currency: 'RUB', items: [] } }
    })
    requests.push(call('/events', { events }))
  }
  await Promise.all(requests)
  asking.at = performance.now()
  asking.over = true
  await looked
  console.log(`event → membership → message at ${rate} events/s for ${length} s: p50 ${milliseconds(percentile(took, 0.5))}, p99 ${milliseconds(percentile(took, 0.99))}, most ${milliseconds(Math.max(...took))}; ${took.length} messages${asked.size > 0 ? `, ${asked.size} people were big already` : ''}`)
}

async function measureAnswers(call: (path: string) => Promise<Response>, contacts: number): Promise<void> {
  const some = (index: number): number => 1 + (index * 7919) % contacts
  const deep = (await (await call('/contacts?limit=200')).json() as { next_cursor: string }).next_cursor
  const asked: Record<string, (index: number) => string> = {
    'card': index => `/contacts/${some(index)}`,
    'timeline': index => `/contacts/${some(index)}/timeline`,
    'list, newest': () => '/contacts',
    'list, next page': () => `/contacts?cursor=${deep}`,
    'list by last event': () => '/contacts?sort=-last_event_at',
    'list by revenue': () => '/contacts?sort=-revenue',
    'list by name': () => '/contacts?sort=name',
    'search, one person': index => `/contacts?search=person${some(index)}@`,
    'search, a phone': index => `/contacts?search=${encodeURIComponent(`8 916 ${String(some(index)).padStart(7, '0')}`)}`,
    'search, half the base': () => '/contacts?search=gmail',
    'search, a name and a city': index => `/contacts?search=${encodeURIComponent(['анна моск', 'иван каз', 'мария омск'][index % 3]!)}`,
    'search, two letters': index => `/contacts?search=${encodeURIComponent(['ма', 'iv', 'о', 'пе'][index % 4]!)}`,
    'search, nobody': index => `/contacts?search=nobody${index}zzz`,
    'search, common then nobody': index => `/contacts?search=gmail+qqq${index}`,
    'filter, a rare tag': () => '/contacts?tag=1',
    'filter, a common tag': () => '/contacts?tag=2',
    'filter, a condition': () => `/contacts?filter=${encodeURIComponent('{"all":[{"field":"city","operator":"is","value":"Казань"},{"field":"revenue","operator":"more_than","value":1000}]}')}`,
    'Ctrl-K': index => `/search?q=person${some(index)}`,
  }
  for (const [name, path] of Object.entries(asked)) {
    const took: number[] = []
    for (let index = 0; index < 40; index++) {
      const began = performance.now()
      const answer = await call(path(index))
      await answer.text()
      if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`)
      took.push(performance.now() - began)
    }
    console.log(`${name.padEnd(28)} p50 ${milliseconds(percentile(took, 0.5)).padStart(8)}   p95 ${milliseconds(percentile(took, 0.95)).padStart(8)}`)
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { App } from '../server/base/app.ts'
import { one, sql } from '../server/base/db.ts'
import { LoopRunner } from '../server/base/loops.ts'
import { insertCampaign } from '../server/campaigns/campaigns.sql.ts'
import { runCampaigns } from '../server/campaigns/run-campaigns.ts'
import { cancelCampaign, sendCampaign } from '../server/campaigns/send-campaign.ts'
import { sendMessages, stopSending } from '../server/delivery/send-messages.ts'
import { keepMonthsReady } from '../server/events/months.ts'
import { processEvents } from '../server/flows/process-events.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'
import { recomputeAllSegments } from '../server/segments/save-segment.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import { benchApp } from './database.ts'
import { measureLatency, startJourney } from './events.ts'
import { machine, perSecond, seconds } from './measure.ts'
import { makeSegments } from './program.ts'
import { seedContacts } from './seed.ts'

/**
 * Whether finding the members of all segments anew holds up events or sending: event → membership → message at a steady rate
 * while a campaign is being sent to a mail server that takes everything, first so, then with everything being recomputed beside it.
 * Options: --contacts 300000 --past 1000000 --segments 100 --rate 100 --seconds 30 --mails 30000 --rounds 1; --folder /some/where keeps
 * the base there and takes it up again.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: {
    contacts: { type: 'string', default: '300000' }, past: { type: 'string', default: '1000000' }, segments: { type: 'string', default: '100' },
    rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '30' }, mails: { type: 'string', default: '30000' }, rounds: { type: 'string', default: '1' }, folder: { type: 'string' },
  } })
  const [contacts, rate, length] = [Number(values.contacts), Number(values.rate), Number(values.seconds)]
  const sink = spawn(process.execPath, [path.join(import.meta.dirname, 'smtp-sink.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = Number(String((await once(sink.stdout!, 'data'))[0]).trim())
  const { app, stop } = await benchApp({ SMTP_URL: `smtp://127.0.0.1:${port}?tls=none&connections=10` }, values.folder)
  try {
    console.log(machine())
    if ((await one<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)).contacts < contacts) {
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, contacts, Number(values.past))
      const from = performance.now()
      await makeSegments(app, Number(values.segments))
      console.log(`${values.segments} segments of ${contacts.toLocaleString('en')} contacts computed in ${seconds(from).toFixed(0)} s with nothing beside`)
      await startJourney(app)
    }
    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    await app.live.start()
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const call = (path: string, body?: unknown): Promise<Response> => fetch(`http://127.0.0.1:${app.settings.port}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    await keepMonthsReady(app)
    const others = new LoopRunner(app)
    others.start([
      { role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents },
      { role: 'worker', name: 'campaigns', channel: 'campaigns', every: 1000, run: runCampaigns },
      { role: 'sender', name: 'send-messages', channel: 'messages', every: 1000, run: sendMessages, stop: stopSending },
    ])
    // Other people in each run on a kept base: whoever has become big stays so.
    let first = 10 * (Math.floor(Date.now() / 1000) % 10_000_000)
    await measureLatency(app, call, contacts, rate, 3, first)
    first += rate * 3
    const measure = async (): Promise<void> => {
      const { id, people } = await startCampaign(app, Number(values.mails))
      const from = performance.now()
      await measureLatency(app, call, contacts, rate, length, first)
      first += rate * length
      const { sent, took } = await one<{ sent: number, took: number }>(app.db, sql`
        select count(*) as sent, extract(epoch from coalesce(max(sent_at) - min(sending_at), interval '1 second'))::double precision as took from messages where campaign_id = ${id} and sent_at is not null`)
      console.log(`mails of a campaign sent beside it: ${perSecond(sent, took)} (${sent.toLocaleString('en')} in ${took.toFixed(0)} of ${seconds(from).toFixed(0)} s${sent === people ? ', all of them: ask for more mails' : ''})`)
      await cancelCampaign(app, id)
    }
    for (let round = 1; round <= Number(values.rounds); round++) {
      console.log('by themselves:')
      await measure()
      await recomputeAllSegments(app)
      // The one whose entries are waited for stays: whom a recomputation puts in has not entered.
      await sql`update segments set state = 'live', computed_up_to = 0 where name = 'Big buyers'`.execute(app.db)
      const recomputation = new LoopRunner(app)
      recomputation.start([{ role: 'worker', name: 'segments.recompute', channel: 'segments', every: 1000, run: recomputeSegments }])
      console.log('while all segments are computed anew:')
      await measure()
      await recomputation.stop()
      const { left, part } = await one<{ left: number, part: number }>(app.db, sql`
        select count(*) as left, coalesce(sum(computed_up_to) / (select max(id) from contacts), 0)::double precision as part from segments where state = 'computing'`)
      console.log(`${(Number(values.segments) - left + part).toFixed(1)} of ${values.segments} segments were computed meanwhile (all: ask for fewer seconds)`)
      await sql`update segments set state = 'live', computed_up_to = 0, is_rebuild = false where state = 'computing'`.execute(app.db)
    }
    await others.stop()
    await server.close()
    console.log(machine())
  } finally {
    await stop()
    sink.kill()
  }
}

/** To so many people who had none of the campaigns before, who are put into a segment of their own. */
async function startCampaign(app: App, mails: number): Promise<{ id: number, people: number }> {
  const now = app.now()
  const { id: template } = await one<{ id: number }>(app.db, sql`select id from templates where kind = 'marketing' order by id limit 1`)
  const { id: topic } = await one<{ id: number }>(app.db, sql`select id from topics order by id limit 1`)
  const { id: segment } = await one<{ id: number }>(app.db, sql`insert into segments (name, kind, condition, state) values ('Campaign ' || (select count(*) from campaigns), 'static', '{"any": []}', 'live') returning id`)
  const { people } = await one<{ people: number }>(app.db, sql`
    with chosen as (
      select id from contacts where id > (select coalesce(max(contact_id), 0) from messages where kind = 'campaign') order by id limit ${mails}
    ), agreed as (
      insert into consent_states (contact_id, topic_id, status, since) select id, ${topic}::bigint, 'granted', ${now} from chosen on conflict do nothing
    ), members as (
      insert into segment_memberships (contact_id, segment_id, entered_at) select id, ${segment}::bigint, ${now} from chosen
    )
    select count(*) as people from chosen`)
  const id = await insertCampaign(app.db, { name: 'Bench', template_id: template, segment_id: segment, topic_id: topic, created_by: null }, now)
  await sendCampaign(app, id, null)
  return { id, people }
}

import { parseArgs } from 'node:util'
import type { App } from '../server/base/app.ts'
import { one, rows, sql } from '../server/base/db.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { insertJourney } from '../server/journeys/journeys.sql.ts'
import { countDeliveries } from '../server/reputation/count-deliveries.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, seconds } from './measure.ts'
import { seedContacts } from './seed.ts'

const campaigns = 8
const steps = ['hello', 'again']

/**
 * How long the deliverability dashboard, the people behind its numbers and the ledgers take in a base of many mails: eight
 * campaigns to everybody over ninety days, and a journey of two mails over a year. Options: --contacts 1000000 (ten mails
 * each) --rounds 20; --folder /some/where keeps the base there and takes it up again; --only text: what has it in its name.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { contacts: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '20' }, folder: { type: 'string' }, only: { type: 'string', default: '' } } })
  const contacts = Number(values.contacts)
  const { app, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    if ((await one<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)).contacts < contacts) {
      const from = performance.now()
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, contacts, 1000)
      await seedMessages(app)
      console.log(`${(contacts * (campaigns + steps.length)).toLocaleString('en')} mails of ${contacts.toLocaleString('en')} people made in ${seconds(from).toFixed(0)} s`)
    }
    if (values.only === '') {
      // The first time all days, then as once a night, then as every few minutes.
      await sql`delete from settings where key = 'deliveries_counted'`.execute(app.db)
      for (const [name, counted] of [['all 400 days', null], ['the last 45 days', '2000-01-01'], ['the last 3 days', undefined]] as const) {
        if (counted !== null && counted !== undefined) await sql`update settings set value = value || jsonb_build_object('whole_day', ${counted}::text) where key = 'deliveries_counted'`.execute(app.db)
        const began = performance.now()
        await countDeliveries(app)
        console.log(`counted anew: ${name.padEnd(20)} ${milliseconds(performance.now() - began)}`)
      }
      console.log(`rows of counted days: ${(await one<{ count: number }>(app.db, sql`select count(*) as count from delivery_days`)).count}`)
    }
    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const ask = (address: string): Promise<Response> => fetch(`http://127.0.0.1:${app.settings.port}/api/v1${address}`, { headers: { authorization: `Bearer ${key}` } })
    for (const [name, address] of Object.entries(await addresses(app, contacts))) {
      if (!name.includes(values.only)) continue
      const took: number[] = []
      for (let round = 0; round < Number(values.rounds); round++) {
        const began = performance.now()
        const answer = await ask(address(round))
        const text = await answer.text()
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${text}`)
        took.push(performance.now() - began)
        // What takes long need not be asked so often.
        if (seconds(began) > 3 && round >= 2) break
      }
      console.log(`${name.padEnd(52)} p50 ${milliseconds(percentile(took, 0.5)).padStart(8)}   p95 ${milliseconds(percentile(took, 0.95)).padStart(8)}`)
    }
    await server.close()
    console.log(machine())
  } finally {
    await stop()
  }
}

async function addresses(app: App, contacts: number): Promise<Record<string, (round: number) => string>> {
  const journey = (await one<{ id: number }>(app.db, sql`select id from journeys where name = 'Two mails'`)).id
  const [campaign] = await rows<{ id: number }>(app.db, sql`select id from campaigns order by id desc limit 1`)
  const cursor = (round: number): string => Buffer.from(JSON.stringify([(round * 104_729) % contacts])).toString('base64url')
  const asked: Record<string, (round: number) => string> = {}
  for (const days of [7, 30, 90, 365]) asked[`dashboard, ${days} days, by provider`] = () => `/deliverability?days=${days}`
  for (const by of ['domain', 'sender', 'campaign', 'journey', 'source']) asked[`dashboard, 365 days, by ${by}`] = () => `/deliverability?days=365&by=${by}`
  for (const days of [7, 90]) {
    for (const what of ['sent', 'delivered', 'bounced_hard', 'bounced_soft', 'complained', 'opened', 'opened_by_machines', 'clicked', 'clicked_by_machines', 'unsubscribed']) {
      asked[`people, ${days} days, ${what}, first page`] = () => `/deliverability/people?days=${days}&what=${what}`
      asked[`people, ${days} days, ${what}, somewhere`] = round => `/deliverability/people?days=${days}&what=${what}&cursor=${cursor(round)}`
    }
  }
  for (const [by, key] of [['provider', 'mail.ru'], ['provider', 'other'], ['domain', 'news.example.org'], ['sender', '2'], ['source', 'form'], ['campaign', String(campaign!.id)], ['journey', String(journey)]] as const) {
    for (const what of ['opened', 'bounced_hard', 'complained']) asked[`people, 30 days, ${what}, ${by} ${key}`] = round => `/deliverability/people?days=30&what=${what}&by=${by}&key=${key}&cursor=${cursor(round)}`
  }
  asked['ledger of the journey, numbers'] = () => `/journeys/${journey}/ledger`
  asked['ledger of the journey, numbers of a step'] = () => `/journeys/${journey}/ledger?step=hello`
  asked['ledger of the journey, mails'] = () => `/journeys/${journey}/messages`
  for (const filter of ['state=sent', 'state=failed', 'state=skipped&reason=unsubscribed', 'state=skipped&reason=complaint', 'step=again&state=bounced', 'state=unknown&step=hello', 'sender=2', 'state=failed&sender=3']) asked[`ledger of the journey, mails, ${filter}`] = () => `/journeys/${journey}/messages?${filter}`
  asked['ledger of the journey, what could be sent again'] = () => `/journeys/${journey}/rest?days=30`
  asked['ledger of a campaign, numbers'] = () => `/campaigns/${campaign!.id}/ledger`
  asked['ledger of a campaign, mails, failed'] = () => `/campaigns/${campaign!.id}/messages?state=failed`
  asked["a contact's mails"] = round => `/contacts/${1 + (round * 7919) % contacts}/messages`
  asked["a contact's timeline"] = round => `/contacts/${1 + (round * 7919) % contacts}/timeline`
  return asked
}

/** Written past the foreign keys and before the indexes, which would take most of the time. */
async function seedMessages(app: App): Promise<void> {
  const { db } = app
  const now = app.now()
  const { version_id: version } = await one<{ version_id: number }>(db, sql`select version_id from templates where kind = 'marketing' order by id limit 1`)
  const { id: topic } = await one<{ id: number }>(db, sql`select id from topics order by id limit 1`)
  await sql`insert into senders (name, kind, stream, settings, position) select 'Sender ' || n, 'smtp', 'marketing', '', n from generate_series(1, 3) as n`.execute(db)
  await sql`insert into campaigns (name, state) select 'Campaign ' || n, 'sent' from generate_series(1, ${campaigns}::integer) as n`.execute(db)
  const { id: journey } = await insertJourney(db, { name: 'Two mails', description: '', draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: null, steps: {} }, created_by: null }, now)
  await sql`insert into receiving_domains (domain, provider, checked_at) values ('example.org', 'example.org', ${now}), ('gmail.com', 'gmail.com', ${now}) on conflict do nothing`.execute(db)
  const indexes = await rows<{ definition: string, name: string }>(db, sql`select indexdef as definition, indexname as name from pg_indexes where tablename = 'messages' and indexname not like '%_pkey' and indexname not like '%_key'`)
  for (const index of indexes) await sql`drop index ${sql.ref(index.name)}`.execute(db)
  // Every person and mail has its own luck: whole numbers that look like chance.
  await db.connection().execute(async connection => {
    await sql`set session_replication_role = replica`.execute(connection)
    await sql`
      insert into messages (contact_id, lane, kind, queue, priority, campaign_id, journey_id, enrolment_id, step_key, visit, template_version_id, topic_id, to_email, from_domain, sent_by, provider, state, reason, attempts, send_after, queued_at,
        sending_at, sent_at, bounced_at, opened_at, machine_opened_at, clicked_at, machine_clicked_at, complained_at, unsubscribed_at)
      select c.id, c.id % 64, mail.kind, 'journeys', 9, mail.campaign_id, mail.journey_id, case when mail.kind = 'journey' then c.id end, mail.step_key, case when mail.kind = 'journey' then 1 end, ${version}, ${topic},
        c.email, case when c.id % 5 = 0 then 'news.example.org' else 'example.org' end, 1 + c.id % 3, null, luck.state,
        case luck.state when 'skipped' then case when luck.number % 1000 = 17 then 'complaint' else 'unsubscribed' end when 'failed' then 'content' when 'bounced' then 'unknown_recipient' when 'unknown' then 'connection_lost' end, 1, left_at.at, left_at.at,
        case when luck.state not in ('skipped', 'queued') then left_at.at end, case when luck.state in ('sent', 'bounced') then left_at.at end, case when luck.state = 'bounced' then left_at.at end,
        case when luck.state = 'sent' and luck.number % 5 = 0 then left_at.at + interval '2 hours' end, case when luck.state = 'sent' and luck.number % 5 = 1 then left_at.at end,
        case when luck.state = 'sent' and luck.number % 40 = 0 then left_at.at + interval '2 hours' end, case when luck.state = 'sent' and luck.number % 40 = 1 then left_at.at end,
        case when luck.state = 'sent' and luck.number % 2000 = 5 then left_at.at + interval '3 hours' end, case when luck.state = 'sent' and luck.number % 400 = 5 then left_at.at + interval '3 hours' end
      from contacts c
      cross join (
        select 'campaign' as kind, id as campaign_id, null::bigint as journey_id, null::text as step_key, row_number() over (order by id desc) * interval '11 days' - interval '10 days' as ago, interval '6 hours' as spread from campaigns
        union all
        select 'journey', null, ${journey}::bigint, step, interval '0', interval '360 days' from unnest(${steps}::text[]) as step
      ) as mail
      cross join lateral (select (hashint8(c.id * 16 + coalesce(mail.campaign_id, length(mail.step_key) + 20))::bigint + 2147483648) as number) as chance
      cross join lateral (select chance.number, case when chance.number % 100 = 7 then 'bounced' when chance.number % 100 = 17 then 'skipped' when chance.number % 500 = 18 then 'failed' when chance.number % 5000 = 19 then 'unknown' else 'sent' end as state) as luck
      cross join lateral (select ${now}::timestamptz - mail.ago - mail.spread * (chance.number % 100000 / 100000.0) as at) as left_at`.execute(connection)
    await sql`set session_replication_role = default`.execute(connection)
  })
  // Most of what comes back has no mailbox.
  await sql`insert into suppressions (email, reason) select distinct lower(to_email), 'hard_bounce' from messages where bounced_at is not null and contact_id % 5 < 3`.execute(db)
  await sql`set maintenance_work_mem = '512MB'`.execute(db)
  for (const index of indexes) await sql.raw(index.definition).execute(db)
  await sql`vacuum analyze messages, suppressions`.execute(db)
}

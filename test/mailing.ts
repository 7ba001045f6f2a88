import { sql, type Db } from '../server/base/db.ts'
import { rows, one } from '../server/base/db.ts'
import { insertTemplate } from '../server/templates/templates.sql.ts'

/** A topic, a marketing and a transactional template, and `people` contacts who agreed to the topic. */
export async function makeAudience(db: Db, people: number, html = '<html><body><p>Hello {{ contact.first_name }}</p><a href="https://shop.example/sale">Sale</a></body></html>') {
  await sql`insert into settings (key, value) values ('company', '{"name":"Shop","sender_name":"Shop","sender_email":"news@shop.example","language":"en","currency":"EUR"}') on conflict (key) do update set value = excluded.value`.execute(db)
  const topic = await one<{ id: number }>(db, sql`
    insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости')
    on conflict (key) do update set name_en = 'News' returning id`)
  const document = { format: 1 as const, theme: { accent: '#1c7ed6', background: '#ffffff', font: 'sans' as const }, locales: { en: { subject: 'Sale for {{ contact.first_name }}', preheader: '', html } } }
  const now = new Date()
  const template = await insertTemplate(db, { name: 'News', kind: 'marketing', document, created_by: null }, now)
  const receipt = await insertTemplate(db, { name: 'Receipt', kind: 'transactional', document, created_by: null }, now)
  const version = async (id: number) => (await one<{ version_id: number }>(db, sql`select version_id from templates where id = ${id}`)).version_id
  const contacts = (await rows<{ id: number }>(db, sql`
    with made as (
      insert into contacts (email, first_name)
      select 'p' || n || '@example.org', 'P' || n from generate_series(1, ${people}::integer) as n
      returning id, email
    ), named as (
      insert into contact_identities (kind, value, contact_id) select 'email', email, id from made
    ), agreed as (
      insert into consent_states (contact_id, topic_id, status, since) select id, ${topic.id}::bigint, 'granted', now() from made
    )
    select id from made order by id`)).map(row => row.id)
  const segment = await one<{ id: number }>(db, sql`
    insert into segments (name, condition, state) values ('Everyone ' || clock_timestamp(), '{"all": []}', 'live') returning id`)
  await sql`insert into segment_memberships (contact_id, segment_id, entered_at) select unnest(${contacts}::bigint[]), ${segment.id}::bigint, now()`.execute(db)
  return { topic: topic.id, segment: segment.id, template, receipt, version: await version(template), receiptVersion: await version(receipt), contacts }
}

export type Ledger = { id: number, contact_id: number, state: string, reason: string | null, to_email: string | null, attempts: number, kind: string, send_after: Date }
export const ledger = (db: Db): Promise<Ledger[]> => rows(db, sql`select id, contact_id, state, reason, to_email, attempts, kind, send_after from messages order by contact_id, id`)

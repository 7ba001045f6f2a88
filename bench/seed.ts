import type { App } from '../server/base/app.ts'
import { rows, sql } from '../server/base/db.ts'
import { ensureMonths } from '../server/events/months.ts'

const month = 30 * 86_400_000

/**
 * A base of that many contacts with names, mails, cities, tags, rollups and past events over the last year, made by the
 * database itself. Secondary indexes are made afterwards, which is many times faster.
 */
export async function seedContacts(app: App, contacts: number, events: number): Promise<void> {
  const now = app.now()
  await ensureMonths(app, Array.from({ length: 14 }, (_, index) => new Date(now.getTime() - (index - 1) * month)))
  const indexes = await rows<{ definition: string, name: string }>(app.db, sql`
    select indexdef as definition, indexname as name
    from pg_indexes
    where tablename in ('contacts', 'contact_rollups') and indexname not like '%_pkey'`)
  for (const index of indexes) await sql`drop index ${sql.ref(index.name)}`.execute(app.db)
  await sql`
    insert into contacts (id, email, phone, external_id, first_name, last_name, locale, city, source, fields, created_at, updated_at)
    overriding system value
    select n, 'person' || n || '@' || (array['gmail.com', 'mail.ru', 'yandex.ru', 'example.org'])[1 + n % 4], '+7916' || lpad(n::text, 7, '0'), 'x' || n,
      (array['Anna', 'Ivan', 'Мария', 'Пётр', 'Ольга', 'John', 'Élise', 'Сергей'])[1 + (n * 7 + n / 8) % 8],
      (array['Petrov', 'Иванова', 'Smith', 'Кузнецов', 'Попова', 'Müller', 'Волков'])[1 + (n * 3 + n / 7) % 7] || substr(md5(n::text), 1, 3),
      case when n % 3 = 0 then 'en' else 'ru' end, (array['Москва', 'Санкт-Петербург', 'Казань', 'Berlin', 'Омск', null])[1 + n % 6],
      (array['api', 'import', 'form'])[1 + n % 3], '{}', ${now}::timestamptz - (${contacts} - n) * interval '1 minute', ${now}
    from generate_series(1, ${contacts}::integer) as n`.execute(app.db)
  await sql`select setval(pg_get_serial_sequence('contacts', 'id'), ${contacts})`.execute(app.db)
  await sql`
    insert into contact_identities (kind, value, contact_id)
    select 'email', lower(email), id from contacts
    union all select 'phone', phone, id from contacts
    union all select 'external_id', external_id, id from contacts`.execute(app.db)
  await sql`insert into tags (name) values ('rare'), ('common')`.execute(app.db)
  await sql`insert into contact_tags (contact_id, tag_id) select id, 1 from contacts where id % 1000 = 0 union all select id, 2 from contacts where id % 2 = 0`.execute(app.db)
  await sql`
    insert into events (contact_id, type, occurred_at, received_at, source, message_id, properties)
    select 1 + (n::bigint * 7919) % ${contacts}, (array['page.viewed', 'email.opened', 'email.sent', 'page.viewed', 'email.clicked'])[1 + n % 5],
      ${now}::timestamptz - (n::double precision / ${events} * 360) * interval '1 day', ${now}, 'seed', n % 1000, '{"url": "https://shop.example.org/catalogue"}'
    from generate_series(1, ${events}::integer) as n`.execute(app.db)
  await sql`
    insert into contact_rollups (contact_id, mails_sent, opens, clicks, last_open_at, last_click_at, last_mail_at, last_visit_at, events_count, first_event_at, last_event_at)
    select c.id, coalesce(sent, 0), coalesce(opens, 0), coalesce(clicks, 0), last_open, last_click, last_sent, last_visit, coalesce(acts, 0), first_act, last_act
    from contacts c
    left join (
      select contact_id, count(*) filter (where type = 'email.sent') as sent, count(*) filter (where type = 'email.opened') as opens, count(*) filter (where type = 'email.clicked') as clicks,
        max(occurred_at) filter (where type = 'email.opened') as last_open, max(occurred_at) filter (where type = 'email.clicked') as last_click,
        max(occurred_at) filter (where type = 'email.sent') as last_sent, max(occurred_at) filter (where type = 'page.viewed') as last_visit,
        count(*) filter (where type <> 'email.sent') as acts, min(occurred_at) filter (where type <> 'email.sent') as first_act, max(occurred_at) filter (where type <> 'email.sent') as last_act
      from events
      group by contact_id
    ) e on e.contact_id = c.id`.execute(app.db)
  for (const index of indexes) await sql.raw(index.definition).execute(app.db)
  await sql`analyze`.execute(app.db)
}

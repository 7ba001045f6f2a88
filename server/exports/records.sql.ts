import type { ExportOf } from '../../shared/exports.ts'
import { toMajor } from '../../shared/money.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { hiddenFields } from '../base/narrowed-app.ts'
import type { Cell } from '../base/write-xlsx.ts'
import { readCompany } from '../company/company.sql.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'

export type RecordsOf = Exclude<ExportOf, 'contacts' | 'everything'>
type Sql = ReturnType<typeof sql>
/** `field`: hidden with that field of the card. `money`: minor units, of the currency in the column after it. */
type Column = { name: string, headings: { en: string, ru: string }, value: Sql, kind?: 'time' | 'money', field?: string }
type Records = { columns: Column[], from: Sql, /** what the rows are ordered and found again by */ key: Sql, bounds: (key: string[]) => Sql }

const column = (name: string, en: string, ru: string, value: Sql, more: Pick<Column, 'kind' | 'field'> = {}): Column => ({ name, headings: { en, ru }, value, ...more })
const person = [
  column('contact_id', 'Contact number', 'Номер контакта', sql`contacts.id`), column('external_id', 'External id', 'Внешний номер', sql`contacts.external_id`, { field: 'external_id' }),
  column('email', 'Email', 'Email', sql`contacts.email`, { field: 'email' }), column('phone', 'Phone', 'Телефон', sql`contacts.phone`, { field: 'phone' }),
]
const byContact = (id: Sql): Pick<Records, 'key' | 'bounds'> => ({ key: sql`contacts.id, ${id}`, bounds: ([contact, own]) => sql`(contacts.id, ${id}) > (${contact}::bigint, ${own}::bigint)` })

/** All kinds of records but contacts, as they are taken out. Names of columns are those the import knows. */
const records: Record<RecordsOf, Records> = {
  companies: {
    columns: [
      column('id', 'Number', 'Номер', sql`companies.id`), column('name', 'Company name', 'Название компании', sql`companies.name`), column('domain', 'Website', 'Сайт', sql`companies.domain`), column('phone', 'Phone', 'Телефон', sql`companies.phone`),
      column('address', 'Address', 'Адрес', sql`companies.address`), column('owner', 'Owner', 'Ответственный', sql`users.email`),
      column('created_at', 'Created', 'Дата создания', sql`companies.created_at`, { kind: 'time' }), column('updated_at', 'Updated', 'Дата изменения', sql`companies.updated_at`, { kind: 'time' }),
    ],
    from: sql`companies left join users on users.id = companies.owner_id`,
    key: sql`companies.id`, bounds: ([id]) => sql`companies.id > ${id}::bigint`,
  },
  deals: {
    columns: [
      column('id', 'Number', 'Номер', sql`deals.id`), column('deal_id', 'Deal id', 'Номер сделки', sql`coalesce(case when deals.source_key like deals.source || ':%' then substr(deals.source_key, length(deals.source) + 2) end, deals.id::text)`),
      column('title', 'Deal name', 'Название сделки', sql`deals.title`), ...person,
      column('company', 'Company', 'Компания', sql`companies.name`), column('pipeline', 'Pipeline', 'Воронка', sql`pipelines.name`), column('stage', 'Stage', 'Этап', sql`stages.name`), column('state', 'State', 'Состояние', sql`deals.state`),
      column('amount', 'Amount', 'Сумма', sql`deals.amount`, { kind: 'money' }), column('currency', 'Currency', 'Валюта', sql`deals.currency`), column('owner', 'Owner', 'Ответственный', sql`users.email`),
      column('created_at', 'Created', 'Дата создания', sql`deals.created_at`, { kind: 'time' }), column('stage_since', 'Last stage change', 'Дата смены этапа', sql`deals.stage_since`, { kind: 'time' }), column('closed_at', 'Close date', 'Дата закрытия', sql`deals.closed_at`, { kind: 'time' }),
      column('expected_on', 'Expected close date', 'Ожидаемая дата закрытия', sql`deals.expected_on`), column('lost_reason', 'Lost reason', 'Причина отказа', sql`deals.lost_reason`), column('source', 'Source', 'Откуда', sql`deals.source`),
      column('updated_at', 'Updated', 'Дата изменения', sql`deals.updated_at`, { kind: 'time' }),
    ],
    from: sql`deals join contacts on contacts.id = deals.contact_id join pipelines on pipelines.id = deals.pipeline_id join stages on stages.id = deals.stage_id left join companies on companies.id = deals.company_id left join users on users.id = deals.owner_id`,
    ...byContact(sql`deals.id`),
  },
  orders: {
    columns: [
      ...person, column('order_id', 'Order number', 'Номер заказа', sql`orders.order_id`), column('ordered_at', 'Order date', 'Дата заказа', sql`orders.placed_at`, { kind: 'time' }),
      column('amount', 'Amount', 'Сумма', sql`orders.amount`, { kind: 'money' }), column('currency', 'Currency', 'Валюта', sql`orders.currency`), column('coupon', 'Promo code', 'Промокод', sql`orders.coupon`), column('state', 'State', 'Состояние', sql`orders.status`),
    ],
    from: sql`orders join contacts on contacts.id = orders.contact_id`,
    ...byContact(sql`orders.id`),
  },
  events: {
    columns: [
      ...person, column('event_type', 'Event type', 'Тип события', sql`events.type`), column('occurred_at', 'Event time', 'Время события', sql`events.occurred_at`, { kind: 'time' }),
      column('properties', 'Properties', 'Свойства', sql`events.properties::text`), column('source', 'Source', 'Откуда', sql`events.source`),
    ],
    from: sql`events join contacts on contacts.id = events.contact_id`,
    key: sql`events.contact_id, events.occurred_at, events.id`,
    bounds: ([contact, at, id]) => sql`(events.contact_id, events.occurred_at, events.id) > (${contact}::bigint, ${at}::timestamptz, ${id}::bigint)`,
  },
  consents: {
    columns: [
      ...person, column('topic', 'Topic', 'Тема', sql`topics.key`), column('action', 'Action', 'Действие', sql`consents.action`), column('consented_at', 'Consent date', 'Дата согласия', sql`consents.occurred_at`, { kind: 'time' }),
      column('wording', 'Wording', 'Формулировка', sql`consents.wording`), column('origin', 'Source', 'Источник', sql`consents.source`), column('ip_address', 'IP address', 'IP адрес', sql`consents.ip_address`),
    ],
    from: sql`consents join contacts on contacts.id = consents.contact_id join topics on topics.id = consents.topic_id`,
    ...byContact(sql`consents.id`),
  },
  suppressions: {
    columns: [
      column('email', 'Email', 'Email', sql`suppressions.email`, { field: 'email' }), column('reason', 'Reason', 'Причина', sql`suppressions.reason`), column('detail', 'Detail', 'Подробности', sql`suppressions.detail`), column('created_at', 'Since', 'С какого времени', sql`suppressions.created_at`, { kind: 'time' }),
    ],
    from: sql`suppressions`, key: sql`suppressions.email`, bounds: ([email]) => sql`suppressions.email > ${email}`,
  },
}

/** The columns of a kind the reader sees, with custom fields. */
export async function recordColumns(seen: Db, of: RecordsOf): Promise<Column[]> {
  const hidden = await hiddenFields(seen)
  const custom = of !== 'companies' ? [] : (await listCustomFields(seen, 'company')).filter(field => field.archived_at === null)
    .map(field => column(`fields.${field.key}`, field.label, field.label, sql`companies.fields ->> ${field.key}`))
  return [...records[of].columns, ...custom].filter(({ field }) => field === undefined || !hidden.has(field))
}

/** How many the reader sees. */
export async function countRecords(seen: Db, of: RecordsOf): Promise<number> {
  return (await rows<{ count: number }>(seen, sql`select count(*) as count from ${records[of].from}`))[0]!.count
}

const manyAtOnce = 1000

/** The next rows in the order of their keys, as the reader sees them; columns that are gone since are empty. Times are of the company's clock. `next` null: those were the last. */
export async function recordPage(seen: Db, of: RecordsOf, names: string[], after: string[] | null): Promise<{ cells: Cell[][], next: string[] | null }> {
  const { from, key, bounds } = records[of]
  const known = new Map((await recordColumns(seen, of)).map(each => [each.name, each]))
  const columns = names.map(name => known.get(name))
  const { time_zone } = await readCompany(seen)
  const value = (each: Column | undefined): Sql => each === undefined ? sql`null` : each.kind === 'time' ? sql`to_char(${each.value} at time zone ${time_zone}::text, 'YYYY-MM-DD"T"HH24:MI:SS')` : each.value
  // A function takes a hundred values at most.
  const groups = Array.from({ length: Math.ceil(columns.length / 50) }, (_, index) => sql`jsonb_build_array(${sql.join(columns.slice(50 * index, 50 * index + 50).map(value))})`)
  const found = await rows<{ key: (string | number)[], cells: (string | number | boolean | null)[] }>(seen, sql`
    select jsonb_build_array(${key}) as key, ${sql.join(groups, sql` || `)} as cells
    from ${from}
    ${after === null ? sql`` : sql`where ${bounds(after)}`}
    order by ${key}
    limit ${manyAtOnce}
  `)
  const cells = found.map(row => row.cells.map((cell, index): Cell => {
    if (cell === null) return null
    const kind = columns[index]?.kind
    return kind === 'time' ? { local: String(cell) } : kind === 'money' ? toMajor(Number(cell), String(row.cells[index + 1])) : cell
  }))
  return { cells, next: found.length < manyAtOnce ? null : found.at(-1)!.key.map(String) }
}

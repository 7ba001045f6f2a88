import type { QualityFinding } from '../../shared/data-quality.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

const name = `trim(concat_ws(' ', c.first_name, c.last_name))`
const inGroup = (kind: string): string => `exists (select from hygiene_members h where h.contact_id = c.id and h.kind = '${kind}')`

/** When a card `c` has the fault. Said once, for counting and for showing the people. */
const predicates: Record<QualityFinding, string> = {
  no_email: 'c.email is null',
  no_phone: 'c.phone is null',
  no_first_name: 'c.first_name is null',
  no_last_name: 'c.last_name is null',
  no_city: 'c.city is null',
  no_source: 'c.source is null',
  no_owner: 'c.owner_id is null',
  no_mail: inGroup('no_mail'),
  future_date: `exists (select from jsonb_each_text(c.fields) field join custom_fields on custom_fields.key = field.key and custom_fields."of" = 'contact' and custom_fields.kind = 'date' where custom_fields.label ~* '(birth|рожд)' and field.value > to_char(now(), 'YYYY-MM-DD'))`,
  email_typo: inGroup('typo'),
  email_disposable: inGroup('disposable'),
  // All in capitals, or all in small letters.
  name_case: `length(${name}) > 2 and upper(${name}) <> lower(${name}) and (${name} = upper(${name}) or ${name} = lower(${name}))`,
  name_signs: `${name} ~ '[0-9@/\\\\<>{}_=|;]'`,
  name_mixed: `${name} ~ '[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]'`,
  name_twice: 'lower(c.first_name) = lower(c.last_name)',
  name_test: `${name} ~* '(^|\\s)(test|тест|testing|asdf\\w*|qwerty\\w*|йцукен\\w*|фыва\\w*|xxx+|ххх+|aaa+|ааа+|noname|user|admin|админ|пользователь)($|\\s)'`,
  duplicate: `exists (select from duplicate_pairs p where (p.contact_id = c.id or p.other_id = c.id) and p.level in ('certain', 'likely'))`,
}

/** Where a span of so many contacts after this one ends; undefined: nobody is left. */
export async function endOfSpan(db: Db, after: number, size: number): Promise<number | undefined> {
  const { last } = await one<{ last: number | null }>(db, sql`select max(id) as last from (select id from contacts where id > ${after} order by id limit ${size}) as span`)
  return last ?? undefined
}

/** People with each fault among contacts of the span, by who made their card. Names who is seen, writes nothing. */
export async function countFindings(db: Db, from: number, to: number): Promise<{ finding: QualityFinding, made_by: string, people: number }[]> {
  const findings = Object.entries(predicates).map(([finding, predicate]) => `('${finding}', ${predicate})`).join(', ')
  return rows(db, sql`
    with found as materialized (
      select c.id, fault.finding
      from contacts c
      cross join lateral (values ${sql.raw(findings)}) as fault (finding, holds)
      where c.id > ${from}
        and c.id <= ${to}
        and fault.holds
    ), makers as materialized (
      select id, coalesce((
        select split_part(e.source, ':', 1)
        from events e
        where e.contact_id = one.id
          and e.type = 'contact.created'
        order by e.occurred_at
        limit 1
      ), 'unknown') as made_by
      from (select distinct id from found) as one
    )
    select found.finding, makers.made_by, count(*) as people
    from found
    join makers on makers.id = found.id
    group by found.finding, makers.made_by
  `)
}

export const countContacts = async (db: Db): Promise<number> => (await one<{ count: number }>(db, sql`select count(*) as count from contacts`)).count

/** Looks at so many at most. */
export const moreContactsThan = async (db: Db, count: number): Promise<boolean> => (await one<{ more: boolean }>(db, sql`select exists (select from contacts offset ${count}) as more`)).more

/** Who has the fault now, by the number of the card. */
export async function peopleWith(db: Db, finding: QualityFinding, after: number, limit: number): Promise<{ contact_id: number, name: string, email: string | null }[]> {
  return rows(db, sql`
    select c.id as contact_id, ${contactName('c')} as name, c.email
    from contacts c
    where c.id > ${after}
      and ${sql.raw(`(${predicates[finding]})`)}
    order by c.id
    limit ${limit}
  `)
}

/** What a whole count found, as the result of that day: a later one of the same day takes its place. */
export async function writeDay(tx: Db, day: string, counts: { finding: string, made_by: string, people: number }[]): Promise<void> {
  await sql`delete from quality_days where day = ${day}::date`.execute(tx)
  await sql`
    insert into quality_days (day, finding, made_by, people)
    select ${day}::date, *
    from unnest(${counts.map(row => row.finding)}::text[], ${counts.map(row => row.made_by)}::text[], ${counts.map(row => row.people)}::bigint[])
  `.execute(tx)
}

export async function readDay(db: Db, day: string): Promise<{ finding: QualityFinding, made_by: string, people: number }[]> {
  return rows(db, sql`select finding, made_by, people from quality_days where day = ${day}::date order by people desc`)
}

/** The last day counted that is at least a week before this one, within a month. */
export async function dayAWeekBefore(db: Db, day: string): Promise<string | undefined> {
  const { found } = await one<{ found: string | null }>(db, sql`select max(day)::text as found from quality_days where day <= ${day}::date - 7 and day > ${day}::date - 38`)
  return found ?? undefined
}

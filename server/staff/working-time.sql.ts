import type { Availability, CompanyHours, OwnHours } from '../../shared/working-time.ts'
import { changedRows, rows, sql, type Db } from '../base/db.ts'
import { readCompany, readSetting, writeSetting } from '../company/company.sql.ts'

const settingsKey = 'working_hours'
const nineToSix = { from: '09:00', to: '18:00' }
const onlineMinutes = 10

/** Until somebody says otherwise: Monday to Friday, nine to six. */
export async function readCompanyHours(db: Db): Promise<CompanyHours> {
  return await readSetting<CompanyHours>(db, settingsKey) ?? { days: [nineToSix, nineToSix, nineToSix, nineToSix, nineToSix, null, null], holidays: [] }
}
export const writeCompanyHours = (db: Db, hours: CompanyHours): Promise<void> => writeSetting(db, settingsKey, hours)

/** SQL of the week and zone that hold for the row of `users` at hand, those of the company where there are no own ones. */
export async function hoursOfUsers(db: Db) {
  const [hours, { time_zone }] = [await readCompanyHours(db), await readCompany(db)]
  const companyDays = sql`${JSON.stringify(hours.days)}::jsonb`
  return { companyDays, days: sql`coalesce(users.working_hours -> 'days', ${companyDays})`, zone: sql`coalesce(users.working_hours ->> 'time_zone', ${time_zone}::text)`, holidays: hours.holidays }
}

/**
 * People who can sign in, or the ones named, with their clock: whether they work at `now`, when they begin next (within a month),
 * and whether they are away. Days and hours are those of their own time zone, else the company's.
 */
export async function findAvailability(db: Db, now: Date, ids?: number[]): Promise<Availability[]> {
  const { days, zone, holidays } = await hoursOfUsers(db)
  return rows(db, sql`
    with people as (
      select users.id, users.name, users.working_hours, users.territory, users.last_seen_at,
        ${zone} as zone, ${days} as days, ${now}::timestamptz at time zone ${zone} as clock
      from users
      where ${ids === undefined ? sql`users.disabled_at is null` : sql`users.id = any(${ids}::bigint[])`}
    ), windows as (
      select people.id, begins, ends
      from people
      cross join lateral working_windows(people.days, people.zone, ${holidays}::date[], ${now}::timestamptz - interval '1 day', ${now}::timestamptz + interval '31 days')
      where not exists (select from absences where absences.user_id = people.id and (begins at time zone people.zone)::date between from_day and to_day)
    )
    select people.id, people.name, people.working_hours, people.territory,
      to_char(people.last_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_seen_at,
      coalesce(people.last_seen_at > ${now}::timestamptz - make_interval(mins => ${onlineMinutes}), false) as online,
      exists (select from windows where windows.id = people.id and begins <= ${now} and ends > ${now}) as works_now,
      (select to_char(min(begins) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from windows where windows.id = people.id and begins > ${now}
        and not exists (select from windows current where current.id = people.id and current.begins <= ${now} and current.ends > ${now})) as works_from,
      (select max(to_day)::text from absences where absences.user_id = people.id and people.clock::date between from_day and to_day) as absent_until,
      (select count(*) from leads where leads.owner_id = people.id and leads.status in ('new', 'in_work'))
        + (select count(*) from deals where deals.owner_id = people.id and deals.state = 'open') as load,
      coalesce((
        select json_agg(json_build_object('id', absences.id, 'from_day', from_day, 'to_day', to_day, 'substitute', case when stand_in.id is not null then json_build_object('id', stand_in.id, 'name', stand_in.name) end) order by from_day, absences.id)
        from absences left join users stand_in on stand_in.id = absences.substitute_id
        where absences.user_id = people.id and to_day >= people.clock::date), '[]') as absences
    from people
    order by people.name, people.id`)
}

/** false: no such person. */
export async function writeAvailability(db: Db, id: number, { working_hours, territory }: { working_hours: OwnHours, territory: string[] }, now: Date): Promise<boolean> {
  return (await changedRows(db, sql`
    update users
    set working_hours = ${working_hours === null ? null : JSON.stringify(working_hours)}::jsonb, territory = ${territory}, updated_at = ${now}
    where id = ${id}`)) > 0
}

export async function insertAbsence(db: Db, userId: number, { from_day, to_day, substitute_id }: { from_day: string, to_day: string, substitute_id: number | null }): Promise<void> {
  await sql`insert into absences (user_id, from_day, to_day, substitute_id) values (${userId}, ${from_day}, ${to_day}, ${substitute_id})`.execute(db)
}

/** false: the person has no such absence. */
export async function deleteAbsence(db: Db, userId: number, id: number): Promise<boolean> {
  return (await changedRows(db, sql`delete from absences where user_id = ${userId} and id = ${id}`)) > 0
}

/** Somebody signed in asked for something. */
export async function noteSeen(db: Db, userId: number, now: Date): Promise<void> {
  await sql`update users set last_seen_at = ${now} where id = ${userId}`.execute(db)
}

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Task, TaskCounts } from '../../shared/activities.ts'
import { localDay, nextDay, startOfDay } from '../../shared/local-time.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, one, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

type Found = Omit<Task, 'due_at' | 'due_on' | 'done_at' | 'created_at'> & { due_at: Date | null, all_day: boolean, done_at: Date | null, created_at: Date, key: string | null }
export type TaskFilter = {
  owner: number | 'all' | 'nobody'
  state: 'open' | 'done' | 'all'
  due?: 'overdue' | 'today' | 'next' | 'never' | undefined
  from?: Date | undefined
  to?: Date | undefined
  doneSince?: Date | undefined
  kind?: Task['kind'] | undefined
  contactId?: number | undefined
  companyId?: number | undefined
  dealId?: number | undefined
}

const columns = sql`
  tasks.id, tasks.kind, tasks.title, tasks.note, tasks.priority, tasks.due_at, tasks.all_day, tasks.minutes, tasks.remind_before, tasks.repeats, tasks.done_at, tasks.outcome, tasks.source, tasks.created_at,
  case when c.id is not null then jsonb_build_object('id', c.id, 'name', ${contactName('c')}) end as contact,
  case when companies.id is not null then jsonb_build_object('id', companies.id, 'name', companies.name) end as company,
  case when deals.id is not null then jsonb_build_object('id', deals.id, 'name', deals.title) end as deal,
  case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner`
const joined = sql`
  tasks
  left join contacts c on c.id = tasks.contact_id
  left join companies on companies.id = tasks.company_id
  left join deals on deals.contact_id = tasks.contact_id and deals.id = tasks.deal_id
  left join users on users.id = tasks.owner_id`
const due = sql`coalesce(tasks.due_at, 'infinity'::timestamptz)`

/** The moment the next day begins in a zone: what is due before it, and not overdue, is due today. */
export const tomorrow = (now: Date, timeZone: string): Date => startOfDay(nextDay(localDay(now, timeZone)), timeZone)

/** Open ones by when they are due (those without a date last), done ones the latest first. */
export async function listTasks(db: Db, filter: TaskFilter, limit: number, after: [string | null, number] | undefined, now: Date, timeZone: string): Promise<{ tasks: Task[], next: [string | null, number] | null }> {
  const done = filter.state === 'done'
  const key = done ? sql`tasks.done_at` : due
  const found = await rows<Found>(db, sql`
    select ${columns}, (${key})::text as key
    from ${joined}
    where ${sql.join(conditions(filter, now, timeZone), sql` and `)}
      and ${after === undefined ? sql`true` : done ? sql`(${key}, tasks.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)` : sql`(${key}, tasks.id) > (${after[0]}::timestamptz, ${after[1]}::bigint)`}
    order by ${done ? sql`${key} desc, tasks.id desc` : sql`${key}, tasks.id`}
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { tasks: page.map(row => present(row, timeZone)), next: found.length > limit && last ? [last.key, last.id] : null }
}

function conditions(filter: TaskFilter, now: Date, timeZone: string): RawBuilder<unknown>[] {
  const { owner, state, from, to, doneSince, kind, contactId, companyId, dealId } = filter
  return [
    state === 'open' ? sql`tasks.done_at is null` : state === 'done' ? sql`tasks.done_at is not null` : sql`true`,
    ...owner === 'all' ? [] : [owner === 'nobody' ? sql`tasks.owner_id is null` : sql`tasks.owner_id = ${owner}`],
    ...filter.due === undefined ? [] : [dueIn(filter.due, now, timeZone)],
    ...from === undefined ? [] : [sql`${due} >= ${from}::timestamptz`],
    ...to === undefined ? [] : [sql`${due} < ${to}::timestamptz`],
    ...doneSince === undefined ? [] : [sql`tasks.done_at >= ${doneSince}::timestamptz`],
    ...kind === undefined ? [] : [sql`tasks.kind = ${kind}`],
    ...contactId === undefined ? [] : [sql`tasks.contact_id = ${contactId}`],
    ...companyId === undefined ? [] : [sql`tasks.company_id = ${companyId}`],
    ...dealId === undefined ? [] : [sql`tasks.deal_id = ${dealId}`],
  ]
}

function dueIn(part: NonNullable<TaskFilter['due']>, now: Date, timeZone: string): RawBuilder<unknown> {
  if (part === 'overdue') return sql`${due} < ${now}::timestamptz`
  if (part === 'today') return sql`${due} >= ${now}::timestamptz and ${due} < ${tomorrow(now, timeZone)}::timestamptz`
  if (part === 'next') return sql`${due} >= ${tomorrow(now, timeZone)}::timestamptz and ${due} < 'infinity'`
  return sql`tasks.due_at is null`
}

/** How many open tasks of each part of the day, and how many were done today. */
export async function countTasks(db: Db, owner: TaskFilter['owner'], now: Date, timeZone: string): Promise<TaskCounts> {
  const part = (name: NonNullable<TaskFilter['due']>) => sql`count(*) filter (where tasks.done_at is null and ${dueIn(name, now, timeZone)})`
  const today = localDay(now, timeZone)
  const begun = startOfDay(today, timeZone)
  const counted = await one<Omit<TaskCounts, 'today'>>(db, sql`
    select ${part('overdue')} as overdue, ${part('today')} as due_today, ${part('next')} as next, ${part('never')} as never,
      count(*) filter (where tasks.done_at >= ${begun}::timestamptz) as done_today
    from tasks
    where (tasks.done_at is null or tasks.done_at >= ${begun}::timestamptz)
      and ${owner === 'all' ? sql`true` : owner === 'nobody' ? sql`tasks.owner_id is null` : sql`tasks.owner_id = ${owner}`}
  `)
  return { ...counted, today }
}

export async function findTask(db: Db, id: number, timeZone: string): Promise<Task | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns}, null as key from ${joined} where tasks.id = ${id}`)
  return found && present(found, timeZone)
}

function present({ key: _, all_day, ...task }: Found, timeZone: string): Task {
  return {
    ...task, due_at: task.due_at?.toISOString() ?? null, due_on: all_day && task.due_at !== null ? localDay(task.due_at, timeZone) : null,
    done_at: task.done_at?.toISOString() ?? null, created_at: task.created_at.toISOString(),
  }
}

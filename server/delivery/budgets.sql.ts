import { rows, sql, withTransaction, type Db } from '../base/db.ts'

/** What is wanted under a limit. `per_second` null: no rate; hour and day null: not counted against. */
export type Wanted = {
  key: string, amount: number
  per_second: number | null
  /** the most that may leave at once after a silence */
  burst: number
  per_hour: number | null, per_day: number | null
}

type Budget = { key: string, tokens: number, filled_at: Date, hour_start: Date, hour_used: number, day_start: Date, day_used: number }

const hourOf = (now: Date) => new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000)

/**
 * Takes from budgets that all senders share: for each key how much was granted, 0 up to `amount`. A short transaction of
 * its own; rows are held in the order of their keys, so that two processes come one after the other. `dayStart`: when
 * the day began in the company's zone.
 */
export async function takeBudgets(db: Db, wanted: Wanted[], dayStart: Date, now: Date): Promise<Map<string, number>> {
  if (wanted.length === 0) return new Map()
  return withTransaction(db, async tx => {
    const hold = () => rows<Budget>(tx, sql`
      select key, tokens, filled_at, hour_start, hour_used, day_start, day_used
      from sending_budgets
      where key = any(${wanted.map(each => each.key)}::text[])
      order by key
      for update`)
    let held = new Map((await hold()).map(row => [row.key, row]))
    const missing = wanted.filter(each => !held.has(each.key))
    if (missing.length > 0) {
      await sql`
        insert into sending_budgets (key, tokens, filled_at, hour_start, day_start)
        select key, burst, ${now}::timestamptz, ${hourOf(now)}::timestamptz, ${dayStart}::timestamptz
        from unnest(${missing.map(each => each.key)}::text[], ${missing.map(each => each.burst)}::double precision[]) as missing (key, burst)
        order by key
        on conflict do nothing`.execute(tx)
      held = new Map((await hold()).map(row => [row.key, row]))
    }
    const taken = wanted.map(each => takeFrom(held.get(each.key)!, each, dayStart, now))
    await sql`
      update sending_budgets b
      set tokens = taken.tokens, filled_at = taken.filled_at, hour_start = taken.hour_start, hour_used = taken.hour_used, day_start = taken.day_start, day_used = taken.day_used
      from jsonb_to_recordset(${JSON.stringify(taken.map(each => each.budget))}::jsonb) as taken (key text, tokens double precision, filled_at timestamptz, hour_start timestamptz, hour_used bigint, day_start timestamptz, day_used bigint)
      where b.key = taken.key`.execute(tx)
    return new Map(taken.map(each => [each.budget.key, each.granted]))
  })
}

/** The budget after up to `wanted.amount` was taken from it. */
function takeFrom(budget: Budget, wanted: Wanted, dayStart: Date, now: Date): { budget: Budget, granted: number } {
  const passed = Math.max(0, now.getTime() - budget.filled_at.getTime()) / 1000
  const tokens = wanted.per_second === null ? 0 : Math.min(wanted.burst, budget.tokens + passed * wanted.per_second)
  const hourUsed = budget.hour_start.getTime() === hourOf(now).getTime() ? budget.hour_used : 0
  const dayUsed = budget.day_start.getTime() === dayStart.getTime() ? budget.day_used : 0
  const granted = Math.max(0, Math.min(
    wanted.amount,
    wanted.per_second === null ? Infinity : Math.floor(tokens + 1e-9),
    wanted.per_hour === null ? Infinity : wanted.per_hour - hourUsed,
    wanted.per_day === null ? Infinity : wanted.per_day - dayUsed,
  ))
  return {
    granted,
    budget: {
      key: budget.key, tokens: wanted.per_second === null ? 0 : tokens - granted, filled_at: now > budget.filled_at ? now : budget.filled_at,
      hour_start: hourOf(now), hour_used: hourUsed + granted, day_start: dayStart, day_used: dayUsed + granted,
    },
  }
}

/** What was granted and not used goes back. */
export async function giveBack(db: Db, unused: { key: string, amount: number }[]): Promise<void> {
  const given = unused.filter(each => each.amount > 0)
  if (given.length === 0) return
  await withTransaction(db, async tx => {
    await sql`select from sending_budgets where key = any(${given.map(each => each.key)}::text[]) order by key for update`.execute(tx)
    await sql`
      update sending_budgets b
      set tokens = b.tokens + given.amount, hour_used = greatest(0, b.hour_used - given.amount), day_used = greatest(0, b.day_used - given.amount)
      from unnest(${given.map(each => each.key)}::text[], ${given.map(each => each.amount)}::bigint[]) as given (key, amount)
      where b.key = given.key`.execute(tx)
  })
}

/** What was taken in this hour and day, of the keys that begin so. */
export async function readBudgets(db: Db, prefix: string, dayStart: Date, now: Date): Promise<Map<string, { hour: number, day: number }>> {
  const found = await rows<Budget>(db, sql`
    select key, tokens, filled_at, hour_start, hour_used, day_start, day_used
    from sending_budgets
    where starts_with(key, ${prefix})`)
  return new Map(found.map(row => [row.key, {
    hour: row.hour_start.getTime() === hourOf(now).getTime() ? row.hour_used : 0,
    day: row.day_start.getTime() === dayStart.getTime() ? row.day_used : 0,
  }]))
}

import type { App } from '../base/app.ts'
import { hasMonth, makeMonth } from './months.sql.ts'

/** From here on events are kept by month; what is older shares one partition. */
const firstMonth = Date.UTC(2015, 0, 1)
const known = new WeakMap<object, Set<string>>()

const monthOf = (date: Date): string | null => date.getTime() < firstMonth ? null : `${date.getUTCFullYear()}_${String(date.getUTCMonth() + 1).padStart(2, '0')}`

/**
 * Makes the parts of `events` the given times fall into, where they are missing. To be called before the transaction
 * that inserts: attaching a part needs a lock on contacts that everybody's writing would wait for. Two at once: the
 * second finds them there.
 */
export async function ensureMonths({ db, pool }: Pick<App, 'db' | 'pool'>, times: Iterable<Date>): Promise<void> {
  let there = known.get(pool)
  if (there === undefined) known.set(pool, there = new Set())
  const missing = [...new Set([...times].map(monthOf))].filter(month => month !== null && !there.has(month)) as string[]
  for (const month of missing.sort()) {
    if (!await hasMonth(db, month)) await makeMonth(db, month)
    there.add(month)
  }
}

/** This month and the next, ahead of time. */
export async function keepMonthsReady(app: App): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now, new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))])
  return false
}

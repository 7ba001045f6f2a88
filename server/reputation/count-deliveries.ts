import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { readCompany, readSetting, writeSetting } from '../company/company.sql.ts'
import { countsBy, holdCounting, recountDays, startOfDayAgo } from './delivery-days.sql.ts'
import { readReputationSettings } from './reputation-settings.ts'

const key = 'deliveries_counted'
type Counted = { as_of: string, whole_day: string | null }
/** A mail is seldom opened or returned later. */
const changingDays = 45
const recentDays = 3

export const readCounted = async (app: App): Promise<Counted | null> => await readSetting<Counted | null>(app.db, key) ?? null

/**
 * The loop: counts mails by day anew, the last days each time, all that may still change once a day and the first time.
 * Then alerts to rates over their limits. Always false: once a round is enough.
 */
export async function countDeliveries(app: App): Promise<boolean> {
  const now = app.now()
  const { time_zone: zone } = await readCompany(app.db)
  await withTransaction(app.db, async tx => {
    if (!await holdCounting(tx)) return
    const before = await readCounted(app)
    const today = dayOf(await startOfDayAgo(tx, 0, zone, now), zone)
    const days = before === null ? 400 : before.whole_day === today ? recentDays : changingDays
    await recountDays(tx, await startOfDayAgo(tx, days - 1, zone, now), await startOfDayAgo(tx, -1, zone, now), zone)
    await writeSetting(tx, key, { as_of: now.toISOString(), whole_day: today })
    await warn(app, tx, zone, now)
    await touch(tx, 'deliverability')
  })
  return false
}

/** The day of the zone that begins then, as YYYY-MM-DD. */
export const dayOf = (start: Date, zone: string): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(start)

/** Rates of the last seven days for each provider against the limits; an alert for each limit and provider, over once the rate is below it. */
async function warn(app: App, tx: App['db'], zone: string, now: Date): Promise<void> {
  const { limits } = await readReputationSettings(tx)
  const days = { from: dayOf(await startOfDayAgo(tx, 6, zone, now), zone), to: dayOf(await startOfDayAgo(tx, -1, zone, now), zone) }
  const over: string[] = []
  for (const row of await countsBy(tx, days, 'provider')) {
    if (row.sent < limits.least_mails) continue
    const rates = [
      { what: 'bounced', share: (row.bounced_hard + row.bounced_soft) / row.sent, limit: limits.bounced, en: 'come back', ru: 'возвращается' },
      { what: 'complained', share: row.complained / row.sent, limit: limits.complained, en: 'are called spam', ru: 'называют спамом' },
      { what: 'unsubscribed', share: row.unsubscribed / row.sent, limit: limits.unsubscribed, en: 'make people unsubscribe', ru: 'заканчивается отпиской' },
    ]
    for (const { what, share, limit, en, ru } of rates) {
      if (share * 100 <= limit) continue
      const percent = (Math.round(share * 10_000) / 100).toLocaleString('en')
      const name = row.name === 'other' ? { en: 'other providers', ru: 'остальным' } : { en: row.name, ru: row.name }
      app.log.warn({ part: 'reputation', provider: row.name, what, percent }, 'a rate is over its limit')
      over.push(`${what}:${row.name}`)
      await raiseAlert(tx, {
        kind: 'rate', thing: `${what}:${row.name}`, link: '/deliverability',
        title: { en: `${percent} % of the mails to ${name.en} ${en}`, ru: `${percent} % писем (${name.ru}) ${ru}` },
        body: { en: `In the last seven days; your limit is ${limit} %. See whom and where from before sending more.`, ru: `За последние семь дней; ваш предел ${limit} %. Прежде чем отправлять дальше, посмотрите, кому и откуда эти люди.` },
      }, now)
    }
  }
  await settleAlerts(tx, 'rate', { except: over }, now)
}

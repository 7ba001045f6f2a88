import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { AlertDelivery, AlertKind } from '../../shared/alerts.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { readAlertSettings } from './alert-settings.ts'
import { type AlertRow, closeAlerts, insertDeliveries, listAlertPeople, type NewAlert, noteAlert, type NewDelivery } from './alerts.sql.ts'

/**
 * Something is wrong: whoever is to know of such things is told in the ways chosen for it, of one thing at most once an
 * hour, and while it goes on once a day. In the caller's transaction, if there is one.
 */
export async function raiseAlert(db: Db, alert: NewAlert, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    const noted = await noteAlert(tx, alert, now)
    if (noted.tell) await tell(tx, noted.alert, 'raised', now)
    await touch(tx, 'alerts')
  })
}

/** It is well again: about these things, or about all of the kind but some. Whoever was told hears it. A second run changes nothing. */
export async function settleAlerts(db: Db, kind: AlertKind, of: { things: string[] } | { except: string[] }, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    const closed = await closeAlerts(tx, kind, of, now)
    for (const alert of closed) await tell(tx, alert, 'well', now)
    if (closed.length > 0) await touch(tx, 'alerts')
  })
}

/** What is told in the program is there at once; mails and calls are sent once the transaction commits. */
export async function tell(tx: Db, alert: AlertRow, news: AlertDelivery['news'], now: Date): Promise<void> {
  const settings = await readAlertSettings(tx)
  const rule = settings.kinds[alert.kind]
  const people = (await listAlertPeople(tx)).filter(person => rule.people === 'administrators' ? person.is_administrator : rule.people.includes(person.id))
  const deliveries: NewDelivery[] = []
  if (rule.program) {
    await notifyUsers(tx, people.map(({ id, locale }) => ({
      user_id: id, ...headline(alert, news, locale), link: alert.link, source_key: `alert:${alert.id}:${news}:${now.toISOString()}`,
    })), now)
    deliveries.push(...people.map(({ id, name }): NewDelivery => ({ alert_id: alert.id, news, way: 'program', user_id: id, address: name, state: 'sent', detail: '' })))
  }
  if (rule.mail) deliveries.push(...people.map(({ id, email }): NewDelivery => ({ alert_id: alert.id, news, way: 'mail', user_id: id, address: email, state: 'waiting', detail: '' })))
  if (rule.webhook && settings.webhook_url !== '') deliveries.push({ alert_id: alert.id, news, way: 'webhook', user_id: null, address: settings.webhook_url, state: 'waiting', detail: '' })
  await insertDeliveries(tx, alert.id, deliveries, now)
  await notify(tx, 'alerts')
}

const again = { en: 'Well again: ', ru: 'Снова в порядке: ' }

/** What it is called, and what is to be known at once. */
export function headline(alert: Pick<AlertRow, 'title' | 'body'>, news: AlertDelivery['news'], locale: 'en' | 'ru'): { title: string, body: string } {
  return news === 'well' ? { title: `${again[locale]}${alert.title[locale]}`, body: '' } : { title: alert.title[locale], body: alert.body[locale].slice(0, 500) }
}

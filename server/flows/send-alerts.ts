import type { App } from '../base/app.ts'
import { callOutside } from '../base/call-outside.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { claimDeliveries, type ClaimedDelivery, forgetAlerts, settleDelivery, takeWaiting } from '../alerts/alerts.sql.ts'
import { headline, raiseAlert, settleAlerts, tell } from '../alerts/raise-alert.ts'
import { readCompany } from '../company/company.sql.ts'
import { sendOwnMail } from '../delivery/send-own-mail.ts'
import { oldestWaiting } from '../messages/open-queues.sql.ts'
import { callHeaders, callLimits } from '../webhooks/call-headers.ts'
import { judgeAnswer } from '../webhooks/judge-answer.ts'
import { readWebhookSettings } from '../webhooks/webhook-settings.ts'

const atOnce = 10
/** Minutes after the first, second … failed try of a mail. */
const pauses = [1, 5, 15, 60, 240]

type Settled = { state: 'waiting' | 'sent' | 'failed', detail: string, nextAt: Date | null }

/** The loop: alerts whose hour has come are told; mails and calls that are due are sent. True: look again at once. */
export async function sendAlerts(app: App): Promise<boolean> {
  const now = app.now()
  await withTransaction(app.db, async tx => {
    for (const alert of await takeWaiting(tx, now)) await tell(tx, alert, 'raised', now)
  })
  const claimed = await claimDeliveries(app.db, atOnce, now)
  await Promise.all(claimed.map(async delivery => {
    const { state, detail, nextAt } = delivery.way === 'mail' ? await mail(app, delivery, now) : await call(app, delivery, now)
    if (state === 'failed') app.log.error({ part: 'alerts', alert: delivery.alert.id, way: delivery.way, detail }, 'an alert could not be told')
    await settleDelivery(app.db, delivery.id, state, detail, nextAt, now)
  }))
  if (claimed.length > 0) await touch(app.db, 'alerts')
  return claimed.length > 0
}

async function mail(app: App, { address, alert, news, locale, attempts, is_suppressed }: ClaimedDelivery, now: Date): Promise<Settled> {
  const reader = locale ?? 'en'
  if (is_suppressed) return { state: 'failed', detail: 'The address is on the stop list.', nextAt: null }
  const { title, body } = headline(alert, news, reader)
  const url = `${app.settings.publicUrl}${alert.link}`
  const text = [body, url, words.why[reader].replace('{}', `${app.settings.publicUrl}/settings/alerts`)].filter(part => part !== '').join('\n\n')
  const html = `<p style="font-size:16px"><b>${escaped(title)}</b></p>${body === '' ? '' : `<p>${escaped(body)}</p>`}<p><a href="${escaped(url)}">${words.open[reader]}</a></p><p style="color:#777;font-size:13px">${escaped(words.why[reader].replace('{}', `${app.settings.publicUrl}/settings/alerts`))}</p>`
  const troubled = /^sender:(\d+)$/.exec(alert.thing)?.[1]
  const outcome = await sendOwnMail(app, { to: address, subject: `${(await readCompany(app.db)).name}: ${title}`, text, html, kind: 'alert' }, troubled === undefined || news === 'well' ? null : Number(troubled))
  if (outcome.sent) return { state: 'sent', detail: outcome.detail, nextAt: null }
  const pause = pauses[attempts - 1]
  if (outcome.final || pause === undefined) return { state: 'failed', detail: outcome.detail, nextAt: null }
  return { state: 'waiting', detail: outcome.detail, nextAt: new Date(now.getTime() + pause * 60_000) }
}

async function call(app: App, { id, address, alert, news, attempts }: ClaimedDelivery, now: Date): Promise<Settled> {
  const [settings, { language }] = await Promise.all([readWebhookSettings(app, now), readCompany(app.db)])
  const body = JSON.stringify({
    type: `alert.${news}`, timestamp: now.toISOString(),
    data: { id: alert.id, kind: alert.kind, about: alert.thing, title: alert.title[language], body: alert.body[language], url: `${app.settings.publicUrl}${alert.link}`, raised_at: new Date(alert.raised_at).toISOString(), well_at: alert.well_at === null ? null : new Date(alert.well_at).toISOString() },
  })
  const answer = await callOutside({ url: address, body, ...callLimits, allowPrivate: settings.allow_private, headers: callHeaders({ id: `alert_${id}`, at: now, body, secrets: settings.secrets }) })
  const verdict = judgeAnswer(answer, attempts, now, Math.random())
  const detail = answer.kind === 'answered' ? `HTTP ${answer.status}` : 'detail' in answer ? answer.detail : 'No answer within 10 seconds.'
  return { state: verdict.state === 'done' ? 'sent' : verdict.state, detail, nextAt: verdict.state === 'waiting' ? new Date(now.getTime() + verdict.pause) : null }
}

const stuckMinutes = 10
const keptDays = 365

/** The loop: mails that somebody waits for do not move; alerts of a year ago are forgotten. */
export async function watchQueue(app: App): Promise<boolean> {
  const now = app.now()
  const oldest = await oldestWaiting(app.db, 'transactional')
  if (oldest === null || now.getTime() - oldest.getTime() < stuckMinutes * 60_000) await settleAlerts(app.db, 'queue', { things: ['queue:transactional'] }, now)
  else {
    const minutes = Math.floor((now.getTime() - oldest.getTime()) / 60_000)
    await raiseAlert(app.db, {
      kind: 'queue', thing: 'queue:transactional', link: '/settings/senders',
      title: { en: 'Transactional mails do not leave', ru: 'Служебные письма не уходят' },
      body: { en: `The oldest has waited for ${minutes} minutes: confirmations and mails about orders. See whether a sender works, and whether the program's part that sends is running.`, ru: `Самое старое ждёт ${minutes} мин.: подтверждения подписки, письма о заказах. Проверьте, работает ли хоть один отправитель и запущена ли часть программы, которая отправляет письма.` },
    }, now)
  }
  await forgetAlerts(app.db, new Date(now.getTime() - keptDays * 86_400_000))
  return false
}

const words = {
  open: { en: 'See what to do', ru: 'Посмотреть, что делать' },
  why: { en: 'You get this because you are told when something goes wrong with sending: {}', ru: 'Вы получили это письмо, потому что вам сообщают о неполадках с отправкой: {}' },
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

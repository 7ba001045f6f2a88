import type { HeldReason } from '../../shared/senders.ts'
import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { holdSender, releaseSender } from './senders.sql.ts'
import type { MailOutcome } from './smtp-pool.ts'

/** Seconds a sender rests at first, and at most: twice as long each time. */
const rests: Record<HeldReason, [first: number, most: number]> = {
  down: [5, 300], rate: [5, 600], quota: [600, 21_600], authentication: [60, 3600], sender_refused: [60, 3600],
}

const words: Record<HeldReason, { en: string, ru: string }> = {
  down: { en: 'cannot be reached', ru: 'недоступен' },
  rate: { en: 'asks to send more slowly', ru: 'просит отправлять медленнее' },
  quota: { en: 'has no quota left', ru: 'исчерпал лимит' },
  authentication: { en: 'refuses the sign-in', ru: 'не принимает вход' },
  sender_refused: { en: 'refuses the sending address', ru: 'не принимает адрес отправителя' },
}

/** Why an outcome speaks against the sender rather than the mail; null: it does not. */
export function heldBy(mail: MailOutcome): { reason: HeldReason, retryAfter: number | null } | null {
  if (mail.kind === 'held') return { reason: mail.reason, retryAfter: mail.retryAfter }
  if (mail.kind === 'not_sent') return { reason: 'down', retryAfter: null }
  if (mail.kind === 'failed' && (mail.reason === 'authentication' || mail.reason === 'sender_refused')) return { reason: mail.reason, retryAfter: null }
  return null
}

/** The sender rests, the next of its stream takes over; an alert says so. */
export async function rest(app: App, sender: { id: number, name: string, failures: number }, held: { reason: HeldReason, retryAfter: number | null }, detail: string): Promise<Date> {
  const now = app.now()
  const [first, most] = rests[held.reason]
  const seconds = held.retryAfter ?? Math.min(most, first * 2 ** Math.min(sender.failures, 12))
  const until = new Date(now.getTime() + seconds * 1000)
  const isNew = await holdSender(app.db, sender.id, held.reason, detail, until, now)
  if (held.reason !== 'rate') {
    if (isNew) app.log.error({ sender: sender.name, reason: held.reason, detail }, 'a sender is held; the next of its stream takes over')
    await raiseAlert(app.db, {
      kind: 'sender', thing: `sender:${sender.id}`, link: '/settings/senders',
      title: { en: `The sender ${sender.name} ${words[held.reason].en}`, ru: `Отправитель «${sender.name}» ${words[held.reason].ru}` },
      body: { en: detail, ru: detail },
    }, now)
  }
  return until
}

/** A mail left by it again. */
export async function workAgain(app: App, senderId: number): Promise<void> {
  if (await releaseSender(app.db, senderId)) await settleAlerts(app.db, 'sender', { things: [`sender:${senderId}`] }, app.now())
}

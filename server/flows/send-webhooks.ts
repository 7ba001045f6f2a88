import type { ContactInput } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import { callOutside } from '../base/call-outside.ts'
import type { OutsideAnswer } from '../base/call-outside.ts'
import { withTransaction } from '../base/db.ts'
import { notify, touchAll } from '../base/live.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import type { WebhookAnswer } from '../journeys/steps/call-webhook.ts'
import { wakeAnswered } from '../journeys/wake-enrolments.sql.ts'
import { callHeaders, callLimits } from '../webhooks/call-headers.ts'
import { judgeAnswer } from '../webhooks/judge-answer.ts'
import { readAnswer } from '../webhooks/read-answer.ts'
import { claimCalls, forgetCalls, settleCall } from '../webhooks/webhook-calls.sql.ts'
import type { ClaimedCall } from '../webhooks/webhook-calls.sql.ts'
import { readWebhookSettings } from '../webhooks/webhook-settings.ts'
import type { WebhookSettings } from '../webhooks/webhook-settings.ts'
import { moveOn } from './advance-journeys.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'
import { saveCards } from './save-contacts.ts'

const mostAtOnce = 32
const mostPerHost = 4
/** Longer than a call can take with what is written after it. */
const leaseMilliseconds = 60_000
/** While calls are under way those that come due meanwhile are looked for this often. */
const lookAgainMilliseconds = 250
const keptDays = 90

const underWay = new WeakMap<App, Set<Promise<void>>>()
const callsOf = (app: App): Set<Promise<void>> => {
  const known = underWay.get(app) ?? new Set()
  underWay.set(app, known)
  return known
}

/** Sends what is due, some at a time and few to one host, so that a host that hangs holds up only itself. True: look again at once. */
export async function sendWebhooks(app: App): Promise<boolean> {
  const running = callsOf(app)
  const free = mostAtOnce - running.size
  const now = app.now()
  const claimed = free === 0 ? [] : await claimCalls(app.db, { limit: free, perHost: mostPerHost, leaseMilliseconds, now })
  if (claimed.length > 0) {
    const settings = await readWebhookSettings(app, now)
    for (const call of claimed) {
      const sending: Promise<void> = send(app, call, settings)
        .catch(error => app.log.error({ err: error, call: call.id }, 'the outcome of a webhook could not be written; it will be sent again'))
        .finally(() => running.delete(sending))
      running.add(sending)
    }
  }
  if (running.size === 0) return false
  let timer: NodeJS.Timeout | undefined
  await Promise.race([...running, new Promise<void>(resolve => { timer = setTimeout(resolve, lookAgainMilliseconds) })])
  clearTimeout(timer)
  return true
}

/** Lets the calls under way come to their end, which they do within their time-out. */
export async function stopWebhooks(app: App): Promise<void> {
  await Promise.all(callsOf(app))
}

/** Calls that ended long ago are forgotten, and what was in their answers. */
export async function forgetWebhooks(app: App): Promise<boolean> {
  return forgetCalls(app.db, new Date(app.now().getTime() - keptDays * 86_400_000), 5000)
}

async function send(app: App, call: ClaimedCall, settings: WebhookSettings): Promise<void> {
  const answer = await callOutside({
    url: call.url, body: call.body, ...callLimits, allowPrivate: settings.allow_private,
    headers: callHeaders({ id: `call_${call.id}`, at: app.now(), body: call.body, secrets: settings.secrets }),
  })
  await settle(app, call, answer)
}

/** What came back goes to the card, the timeline and the step that waits, in one transaction; a try that counts as lost meanwhile changes nothing. */
async function settle(app: App, call: ClaimedCall, answer: OutsideAnswer): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  const status = answer.kind === 'answered' ? answer.status : null
  const body = answer.kind === 'answered' ? answer.body.replaceAll('\u0000', '').toWellFormed() : null
  await withTransaction(app.db, async tx => {
    if (!(await lockContacts(tx, [call.contact_id])).has(call.contact_id)) return
    const judged = judgeAnswer(answer, call.attempts, now, Math.random())
    const read = judged.state === 'done' ? readAnswer(body ?? '', call.save) : null
    const refused = read !== null && 'error' in read ? read.error : null
    const input: ContactInput | null = read !== null && 'input' in read && Object.keys(read.input).length > 0 ? { ...read.input, id: call.contact_id } : null
    const saved = input === null ? null : await saveCards(tx, [input], { now, by: call.journey_id === null ? 'webhook' : `journey:${call.journey_id}`, mode: 'overwrite' })
    const [outcome] = saved?.outcomes ?? []
    const fault = refused ?? (outcome && 'error' in outcome ? `${outcome.error.field}: ${outcome.error.message}` : null)
    const verdict = fault === null ? judged : { state: 'failed' as const, outcome: 'not_saved' }
    const settled = await settleCall(tx, {
      contact_id: call.contact_id, id: call.id, attempts: call.attempts, state: verdict.state, outcome: verdict.outcome, status, answer: body,
      detail: fault ?? ('detail' in answer ? answer.detail : answer.kind === 'answered' && answer.cut ? 'the answer was longer than 256 KB and is cut' : ''),
      next_at: 'pause' in verdict ? new Date(now.getTime() + verdict.pause) : null,
    }, now)
    if (!settled) throw new LostCall()
    await touchAll(tx, ['webhooks'])
    if (verdict.state === 'waiting') return
    const events = await insertEvents(tx, [{
      contact_id: call.contact_id, type: 'webhook.answered', occurred_at: now, source: call.journey_id === null ? 'webhook' : `journey:${call.journey_id}`, message_id: null, campaign_id: null, journey_id: call.journey_id,
      properties: { call_id: call.id, status, outcome: verdict.outcome },
    }], now)
    const woken = await wake(tx, call, { state: verdict.state, outcome: verdict.outcome, status, answer: read !== null && 'learned' in read ? read.learned : null }, now)
    const own: Change = { contact_id: call.contact_id, keys: ['event:webhook.answered'], events }
    await applyChanges(tx, app, [...saved?.changes ?? [], own], now)
    await moveOn(tx, app, woken, now)
  }).catch(error => {
    if (!(error instanceof LostCall)) throw error
    app.log.warn({ call: call.id }, 'the answer of a webhook came after it counted as lost')
  })
  await notify(app.db, 'webhooks')
}

/** The call was taken by somebody else meanwhile: nothing of this try may stay. */
class LostCall extends Error {}

async function wake(tx: Parameters<typeof wakeAnswered>[0], call: ClaimedCall, answer: WebhookAnswer, now: Date): Promise<number[]> {
  const visit = Number(call.source_key.slice(call.source_key.lastIndexOf(':') + 1))
  return call.enrolment_id === null ? [] : wakeAnswered(tx, [{ contact_id: call.contact_id, enrolment_id: call.enrolment_id, visit, answer }], now)
}

import { randomUUID } from 'node:crypto'
import type { App } from '../base/app.ts'
import { badAddress, callOutside } from '../base/call-outside.ts'
import { invalid } from '../base/errors.ts'
import { judgeAnswer } from '../webhooks/judge-answer.ts'
import { callHeaders, callLimits } from '../webhooks/call-headers.ts'
import { readWebhookSettings } from '../webhooks/webhook-settings.ts'
import type { WebhookSample } from '../../shared/webhooks.ts'

/** So much of the answer is shown. */
const mostShown = 2000

/**
 * One call right now, signed and guarded as those of journeys are, about nobody: what came back, and how long it took.
 * Nothing of it is kept. 422 for an address that is none and for a body that is no JSON.
 */
export async function sendSample(app: App, { url, body: own }: { url: string, body: string | null }): Promise<WebhookSample> {
  const now = app.now()
  if (badAddress(url) !== null) throw invalid([{ field: 'url', message: 'an address beginning with http:// or https:// is expected' }])
  if (own !== null && !isJson(own)) throw invalid([{ field: 'body', message: 'the body is not JSON' }])
  const body = own ?? JSON.stringify(sampleBody(now), null, 2)
  const settings = await readWebhookSettings(app, now)
  const began = performance.now()
  const answer = await callOutside({ url, body, ...callLimits, allowPrivate: settings.allow_private, headers: callHeaders({ id: `sample_${randomUUID()}`, at: now, body, secrets: settings.secrets }) })
  const milliseconds = Math.round(performance.now() - began)
  const said = answer.kind === 'answered' ? answer.body.replaceAll('\u0000', '').toWellFormed() : null
  return {
    outcome: judgeAnswer(answer, 1, now, 0).outcome, status: answer.kind === 'answered' ? answer.status : null, milliseconds,
    answer: said === null ? null : said.slice(0, mostShown), answer_cut: said !== null && said.length > mostShown, detail: 'detail' in answer ? answer.detail : '', body,
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What a step without a body of its own sends, about an example person. */
function sampleBody(now: Date): object {
  const at = now.toISOString()
  return {
    type: 'journey.step', timestamp: at, sample: true,
    data: {
      contact: {
        id: 1, email: 'anna@example.com', phone: '+79211234567', external_id: 'A-1', first_name: 'Anna', last_name: 'Ivanova', company: null, locale: 'en', time_zone: 'Europe/Moscow', city: 'Moscow', source: 'form',
        fields: {}, tags: [], orders_count: 2, revenue: 3980, currency: 'RUB', first_order_at: at, last_order_at: at, subscribed_at: at,
      },
      enrolment: { id: 1, journey_id: 1, journey: 'Example', step: 'webhook', visit: 1, is_test: true, learned: {}, at },
      event: { id: 1, type: 'order.placed', occurred_at: at, properties: { order_id: 'A-1', amount: 1990 } },
    },
  }
}

import { z } from 'zod'
import { changeWebhookSettingsBody, webhookCallDetails, webhookCallPage, webhookCallQuery, webhookSample, webhookSampleBody, webhookSettings } from '../../shared/webhooks.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { failedAtVisit } from '../journeys/ways.sql.ts'
import { callAgain, findCall, listCalls } from '../webhooks/webhook-calls.sql.ts'
import { allowPrivate, readWebhookSettings, rotateSecret } from '../webhooks/webhook-settings.ts'
import { sendSample } from './send-sample.ts'
import { retryEnrolment } from './tend-enrolments.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const list = route({
  summary: 'Calls of webhooks, the latest first',
  query: webhookCallQuery, response: webhookCallPage,
  async handler({ app, query: { limit, cursor, ...filter } }) {
    const { calls, next } = await listCalls(app.db, { state: filter.state, journey: filter.journey, contact: filter.contact }, limit, readIdCursor(cursor))
    return { data: calls, next_cursor: next === null ? null : writeCursor([next]) }
  },
})

export const read = route({
  summary: 'One call with its body and its answer',
  params, response: webhookCallDetails,
  handler: ({ app, params: { id } }) => present(app, id),
})

export const again = route({
  summary: 'Try a call again at once; the person whose step has failed by it goes on when it is answered',
  description: '409 `nothing_to_try` while it is being sent or once it is done.',
  params, response: webhookCallDetails,
  async handler({ app, params: { id } }) {
    const call = await present(app, id)
    if (call.state === 'failed' && call.journey !== null && call.enrolment_id !== null && await failedAtVisit(app.db, call.contact.id, call.enrolment_id, Number(call.source_key.slice(call.source_key.lastIndexOf(':') + 1)))) {
      await retryEnrolment(app, call.journey.id, call.enrolment_id, call.contact.id)
    } else {
      await withTransaction(app.db, async tx => {
        if (!await callAgain(tx, id, app.now())) throw conflict('nothing_to_try', 'This call is under way or done: there is nothing to try again.')
        await touchAll(tx, ['webhooks'])
      })
    }
    return present(app, id)
  },
})

export const sample = route({
  summary: 'Send a sample to an address right now, signed as the calls of journeys are, and see what it answers',
  body: webhookSampleBody, response: webhookSample,
  handler: ({ app, body }) => sendSample(app, body),
})

export const settings = route({
  summary: 'How calls are signed and where they may go',
  description: 'Calls are signed as Standard Webhooks says: webhook-id, webhook-timestamp, webhook-signature.',
  response: webhookSettings,
  handler: ({ app }) => presentSettings(app),
})

export const changeSettings = route({
  summary: 'Allow calls to addresses of the own network, or forbid them',
  body: changeWebhookSettingsBody, response: webhookSettings,
  async handler({ app, body }) {
    await allowPrivate(app, body.allow_private, app.now())
    return presentSettings(app)
  },
})

export const rotate = route({
  summary: 'A new secret; for a day the old one signs beside it',
  response: webhookSettings, status: 201,
  async handler({ app }) {
    await rotateSecret(app, app.now())
    return presentSettings(app)
  },
})

async function presentSettings(app: App) {
  const { secret, old_until, allow_private } = await readWebhookSettings(app, app.now())
  return { secret, old_secret_until: old_until?.toISOString() ?? null, allow_private }
}

async function present(app: App, id: number) {
  const found = await findCall(app.db, id)
  if (found === undefined) throw notFound('call')
  return found
}

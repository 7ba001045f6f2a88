import { z } from 'zod'
import { changeConsentBody, changedConsent } from '../../shared/consent.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { consentStates, contactExists } from '../consent/consents.sql.ts'
import { findTopic } from '../consent/topics.sql.ts'
import { changeConsents } from './change-consents.ts'

export const change = route({
  summary: "Record a contact's consent or withdrawal",
  description: 'For what was said by phone, on paper or in another program. `wording` says on what it rests and is kept for ever.',
  params: z.object({ id: z.coerce.number().int().positive() }),
  body: changeConsentBody,
  response: changedConsent,
  status: 201,
  handler: ({ app, params, body, actor, request }) => withTransaction(app.db, async tx => {
    const now = app.now()
    if (!await contactExists(tx, params.id)) throw notFound('contact')
    const topic = await findTopic(tx, body.topic_id)
    if (topic === undefined) throw invalid([{ field: 'topic_id', message: 'there is no such topic' }])
    const occurredAt = body.occurred_at === undefined ? now : new Date(body.occurred_at)
    if (occurredAt > now) throw invalid([{ field: 'occurred_at', message: 'lies in the future' }])
    const by = actor.kind === 'user' ? actor.name : ''
    await changeConsents(app, tx, [{
      contact_id: params.id, topic_id: topic.id, action: body.action, wording: body.wording,
      source: actor.kind === 'user' ? `staff:${actor.id}` : 'api',
      ip_address: request.ip, user_agent: request.headers['user-agent'] ?? null, occurred_at: occurredAt,
    }], now, by === '' ? {} : { by })
    const state = (await consentStates(tx, [params.id])).find(each => each.topic_id === topic.id)
    return { status: state?.status ?? body.action, since: (state?.since ?? occurredAt).toISOString() }
  }),
})

import { z } from 'zod'
import { changeHookBody, createHookBody, providerHook } from '../../shared/inbound.ts'
import type { ProviderHook } from '../../shared/inbound.ts'
import type { App } from '../base/app.ts'
import { AppError, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { deleteHook, findHook, type HookRow, insertHook, listHooks, noteRefusal, noteReport, updateHook } from './provider-hooks.sql.ts'
import { needsSecret, whatIsWrongWith } from './provider-signatures.ts'
import { confirmSubscription, snsEnvelope, whatIsWrong } from './sns.ts'
import { takeReport } from './take-report.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

/** The address is a secret of its own: nobody can guess it. */
const tokenOf = (app: App, id: number): string => `${id}.${app.sign.sign(`provider hook ${id}`)}`

const present = (app: App, hook: HookRow): ProviderHook => ({
  id: hook.id, name: hook.name, provider: hook.provider, url: `${app.settings.publicUrl}/provider-hooks/${tokenOf(app, hook.id)}`, topic_arn: hook.topic_arn,
  has_secret: hook.secret !== '', needs_secret: needsSecret.has(hook.provider),
  received: hook.received, received_at: hook.received_at?.toISOString() ?? null, refused: hook.refused, refused_at: hook.refused_at?.toISOString() ?? null, refusal: hook.refusal, created_at: hook.created_at.toISOString(),
})

export const list = route({
  summary: 'Where mail providers report what became of mails',
  response: z.object({ data: z.array(providerHook), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: (await listHooks(app.db)).map(hook => present(app, hook)), next_cursor: null }),
})

export const create = route({
  summary: 'Make an address for the reports of a mail provider',
  description: 'Give `url` to the provider. `secret`: the verification key of SendGrid, the webhook signing key of Mailgun, the API key of Unisender Go; of Postmark, Brevo and SparkPost a password they send, if one is set there. Kept encrypted.',
  body: createHookBody, response: providerHook, status: 201,
  handler: async ({ app, body }) => present(app, await insertHook(app.db, { ...body, secret: body.secret === '' ? '' : app.sign.encrypt(body.secret) }, app.now())),
})

export const change = route({
  summary: 'Change the address for the reports of a mail provider',
  description: 'What is left out stays.',
  params: byId, body: changeHookBody, response: providerHook,
  async handler({ app, params, body }) {
    const kept = await findHook(app.db, params.id)
    if (kept === undefined) throw notFound('provider hook')
    const secret = body.secret === undefined ? kept.secret : body.secret === '' ? '' : app.sign.encrypt(body.secret)
    return present(app, (await updateHook(app.db, kept.id, { name: body.name ?? kept.name, topic_arn: body.topic_arn ?? kept.topic_arn, secret }))!)
  },
})

export const remove = route({
  summary: 'Take no more reports at an address',
  params: byId,
  async handler({ app, params }) {
    if (!await deleteHook(app.db, params.id)) throw notFound('provider hook')
  },
})

/** Where providers report. Answered 200 after the commit; a report that is not proved is refused, and the reason is shown. */
export const report = route({
  summary: 'A report of a mail provider', page: true, params: z.object({ token: z.string().max(200) }),
  config: { rawBody: true }, bodyLimit: 10 * 1024 * 1024,
  async handler({ app, params, request, reply }) {
    const [id = '', signature = ''] = params.token.split('.')
    const hook = /^\d{1,15}$/.test(id) && app.sign.verify(`provider hook ${id}`, signature) ? await findHook(app.db, Number(id)) : undefined
    if (hook === undefined) throw notFound('provider hook')
    const body = typeof request.body === 'string' ? request.body : ''
    const json = parseJson(body)
    const refuse = async (reason: string): Promise<never> => {
      await noteRefusal(app.db, hook.id, reason, app.now())
      throw new AppError('not_proved', 403, `The report is not taken: ${reason}.`)
    }
    if (json === undefined) return refuse('it is no JSON')
    if (hook.provider === 'ses') {
      const envelope = snsEnvelope.safeParse(json)
      if (!envelope.success) return refuse('it is not signed by Amazon SNS (raw delivery must be off)')
      if (hook.topic_arn !== '' && hook.topic_arn !== envelope.data.TopicArn) return refuse('it is about another topic')
      const wrong = await whatIsWrong(envelope.data, app.now())
      if (wrong !== null) return refuse(wrong)
      if (envelope.data.Type === 'SubscriptionConfirmation') {
        if (!await confirmSubscription(envelope.data)) return refuse('the subscription could not be confirmed')
        // Reports of this topic alone are taken from now on.
        await updateHook(app.db, hook.id, { ...hook, topic_arn: envelope.data.TopicArn })
        await noteReport(app.db, hook.id, app.now())
      } else if (envelope.data.Type === 'Notification') await takeReport(app, hook, parseJson(envelope.data.Message))
      return reply.code(200).send({ taken: true })
    }
    const wrong = whatIsWrongWith(hook.provider, { body, json, headers: request.headers }, hook.secret === '' ? '' : app.sign.decrypt(hook.secret), app.now())
    if (wrong !== null) return refuse(wrong)
    await takeReport(app, hook, json)
    return reply.code(200).send({ taken: true })
  },
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

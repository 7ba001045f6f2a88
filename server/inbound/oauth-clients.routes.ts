import { z } from 'zod'
import { oauthClient, oauthClientBody, oauthProvider } from '../../shared/inbound.ts'
import { badAddress } from '../base/call-outside.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { consentUrl, takeConsent } from './ask-for-consent.ts'
import { findMailbox } from './mailboxes.sql.ts'
import { keepOauthClient, presentOauthClients } from './oauth-clients.ts'

const byProvider = z.object({ provider: oauthProvider })
const shown = z.object({ data: z.array(oauthClient), next_cursor: z.null() })

export const list = route({
  summary: "The company's own applications that people agree to when they sign in to a mailbox",
  response: shown,
  handler: async ({ app }) => ({ data: await presentOauthClients(app), next_cursor: null }),
})

export const change = route({
  summary: 'Keep the application at a provider of mailboxes',
  description: 'The secret is kept encrypted; left out, the kept one stays while the client id is the same. Register `redirect_url` with the provider.',
  params: byProvider, body: oauthClientBody, response: shown,
  async handler({ app, params, body }) {
    if (params.provider === 'oauth2') for (const field of ['authorize_url', 'token_url'] as const) if (badAddress(body[field]) !== null) throw invalid([{ field, message: 'an address beginning with http:// or https://' }])
    await keepOauthClient(app, params.provider, body)
    return { data: await presentOauthClients(app), next_cursor: null }
  },
})

export const remove = route({
  summary: 'Forget the application at a provider of mailboxes',
  description: 'Mailboxes that are signed in stay so.',
  params: byProvider,
  handler: ({ app, params }) => keepOauthClient(app, params.provider, null),
})

export const begin = route({
  summary: 'Begin to sign in to a mailbox by OAuth 2.0: the address to send the person to',
  description: 'Authorization code with PKCE. Valid for fifteen minutes and for the user who began; only for people, not for API keys.',
  params: z.object({ id: z.coerce.number().int().positive() }), response: z.object({ url: z.string() }),
  async handler({ app, params, actor }) {
    const mailbox = await findMailbox(app.db, params.id)
    if (!mailbox) throw notFound('mailbox')
    if (actor.kind !== 'user') throw conflict('only_people', 'Only a person who is signed in can agree to this.')
    return { url: await consentUrl(app, mailbox, actor.id) }
  },
})

export const end = route({
  summary: 'Where the provider sends the person back to',
  query: z.object({ state: z.string().max(4000).default(''), code: z.string().max(4000).default(''), error: z.string().max(1000).default('') }),
  page: true,
  async handler({ app, query, actor, reply }) {
    const { mailbox, fault, detail } = await takeConsent(app, query, actor.kind === 'user' ? actor.id : null)
    const page = mailbox?.purpose === 'placement' ? '/deliverability/placement' : '/settings/incoming'
    const said = new URLSearchParams(fault === null ? { signed_in: mailbox?.name ?? '' } : { sign_in_fault: fault, detail })
    return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(`${page}?${said.toString()}`, 303)
  },
})

import { z } from 'zod'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../base/app.ts'
import { route } from '../base/route.ts'
import { readToken, type TrackingToken } from './links.ts'
import { languageAsked, sendPublicPage } from './public-page.ts'
import { pageWords } from './page-words.ts'
import { recordReaction } from './record-reaction.ts'

/** The rest of the path: a token may be longer than the router lets a parameter be. */
const byToken = z.object({ '*': z.string().max(20_000) })
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
/** The person behind a link waits no longer than this for the event to be kept. */
const patience = 3000

export const open = route({
  summary: 'The open pixel', page: true, params: byToken,
  handler: async ({ app, params, request, reply }) => {
    const token = readToken(app, params['*'])
    // A forged token counts nothing, and a picture that does not load helps nobody.
    if (token?.kind === 'open') await recordOrLog(app, token, request)
    return reply.header('cache-control', 'no-store, max-age=0').header('pragma', 'no-cache').header('cross-origin-resource-policy', 'cross-origin').type('image/gif').send(pixel)
  },
})

export const click = route({
  summary: 'A counted link', page: true, params: byToken,
  handler: async ({ app, params, request, reply }) => {
    const token = readToken(app, params['*'])
    const target = token?.kind === 'click' || token?.kind === 'trap' ? targetOf(token.url) : null
    if (!target || (token?.kind !== 'click' && token?.kind !== 'trap')) return sendUnknownLink(reply, request)
    await recordOrLog(app, token, request)
    return reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex').redirect(target, 302)
  },
})

/** The page of a link that is not ours, cut or changed. Leads nowhere. */
export function sendUnknownLink(reply: FastifyReply, request: FastifyRequest): FastifyReply {
  const locale = languageAsked(request.headers['accept-language'], 'en')
  const words = pageWords[locale]
  return sendPublicPage(reply, 404, { locale, title: words.badLinkTitle, company: '', mark: 'sorry', body: `<p>${words.badLinkText}</p>` })
}

/** With the database away the person is sent on all the same; the log then is the only trace. */
async function recordOrLog(app: App, token: Extract<TrackingToken, { kind: 'open' | 'click' | 'trap' }>, request: FastifyRequest): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), patience)
  })
  const recorded = recordReaction(app, token, request)
  recorded.catch(() => undefined)
  try {
    await Promise.race([recorded, tooLate])
  } catch (error) {
    app.log.error({ err: error, part: 'tracking', what: token.kind, contact_id: token.contact_id, message_id: token.message_id, ...(token.kind === 'click' ? { link: token.link } : {}) }, 'a reaction to a mail could not be kept')
  } finally {
    clearTimeout(timer)
  }
}

/** As it may stand in a Location header; null for anything but http(s), which we never sign. */
function targetOf(url: string): string | null {
  if (!/^https?:\/\//i.test(url)) return null
  // The address is passed on as its author wrote it; only what a header cannot hold is encoded.
  return url.replace(/[^\x21-\x7E]+/g, part => encodeURIComponent(part.toWellFormed()))
}

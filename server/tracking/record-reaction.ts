import type { FastifyRequest } from 'fastify'
import type { App } from '../base/app.ts'
import { addJob } from '../base/jobs.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import { datacentreOf } from './datacentres.ts'
import { detectMachine } from './detect-machine.ts'
import { holdClick } from './held-clicks.sql.ts'
import type { TrackingToken } from './links.ts'
import { headless } from './machine-rules.ts'
import { findMessageFacts, isInTestMailbox } from './message-facts.sql.ts'
import { RecentClicks } from './recent-clicks.ts'
import { shortenAddress } from './shorten-address.ts'

type Reaction = Extract<TrackingToken, { kind: 'open' | 'click' | 'trap' }>
const recentClicks = new RecentClicks()

/**
 * Appends email.opened or email.clicked, with the reason when a machine did it. Returns once it is committed.
 * What is done with the mail of a test run only moves the test on: it is no event of anybody. A mail whose contact is
 * erased leaves no trace.
 */
export async function recordReaction(app: App, reaction: Reaction, request: Pick<FastifyRequest, 'method' | 'headers' | 'ip' | 'socket'>): Promise<void> {
  const now = app.now()
  const others = reaction.kind === 'click' ? recentClicks.add(reaction, reaction.link, now.getTime()) : []
  const message = await findMessageFacts(app.db, reaction, now)
  if (!message) return

  const sinceSent = message.sent_at === null ? null : now.getTime() - message.sent_at.getTime()
  const userAgent = String(request.headers['user-agent'] ?? '').slice(0, 500)
  // Asked only where the answer matters.
  const inTestMailbox = ((sinceSent !== null && sinceSent < (reaction.kind === 'click' ? gatesLook : 2000)) || headless.test(userAgent)) && await isInTestMailbox(app.db, reaction.message_id)
  const otherLinks = new Set([...others, ...message.links_just_now])
  if (reaction.kind === 'click') otherLinks.delete(reaction.link)
  const machine = detectMachine({ what: reaction.kind, method: request.method, headers: request.headers, userAgent, sinceSent, inTestMailbox, datacentre: isProxied(request) ? null : datacentreOf(request.ip), otherLinksJustNow: otherLinks.size })

  if (message.kind === 'test') {
    if (machine === null) await addJob(app.db, 'journeys.test-reaction', { contact_id: message.contact_id, message_id: reaction.message_id, what: reaction.kind === 'open' ? 'opened' : 'clicked', at: now.toISOString() })
    return
  }
  const event: NewEvent = {
    type: reaction.kind === 'open' ? 'email.opened' : 'email.clicked',
    contact: { id: message.contact_id },
    occurred_at: now,
    source: 'tracking',
    message_id: reaction.message_id, campaign_id: message.campaign_id, journey_id: message.journey_id,
    machine_reason: machine?.reason ?? null,
    properties: {
      ...(reaction.kind === 'click' ? { url: reaction.url, link: reaction.link, ...couponOf(reaction.url) } : {}),
      user_agent: userAgent,
      ip: shortenAddress(request.ip),
    },
  }
  if (reaction.kind === 'click' && mayBeBurst({ sinceSent, openedAt: message.opened_at, now, inTestMailbox })) await holdClick(app.db, { ...reaction, contact_id: message.contact_id, at: now, event })
  else await appendEvents(app.db, [event], now)
}

/** It came through a proxy that is not trusted to say for whom: the address is the proxy's, and the same for everybody. */
const isProxied = (request: Pick<FastifyRequest, 'headers' | 'ip' | 'socket'>): boolean =>
  (request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined) && request.ip === request.socket.remoteAddress

const gatesLook = 600_000
const firstLook = 5000

/**
 * Gates of companies follow every link of a mail as it arrives, with the names of browsers; the first of these clicks
 * looks like a person's. So a click in the first minutes, on a mail nobody has had open for a while, is judged a moment
 * later, when it is seen whether others follow at once (judge-clicks.ts).
 */
function mayBeBurst({ sinceSent, openedAt, now, inTestMailbox }: { sinceSent: number | null, openedAt: Date | null, now: Date, inTestMailbox: boolean }): boolean {
  const isRead = openedAt !== null && now.getTime() - openedAt.getTime() >= firstLook
  return !inTestMailbox && !isRead && sinceSent !== null && sinceSent < gatesLook
}

/** The promo code a link carries, as shops write it. */
export function couponOf(url: string): { coupon?: string } {
  const query = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams()
  for (const [name, value] of query) {
    if (/^(coupon|promo|promocode|coupon_code|promo_code)$/i.test(name) && value.trim() !== '') return { coupon: value.trim().slice(0, 200) }
  }
  return {}
}

import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import { type ClaimedMessage, type MessageOutcome, recordOutcomes } from '../messages/claim-messages.sql.ts'
import type { MailData } from '../tracking/load-mail-data.ts'
import type { Lanes } from './lanes.ts'
import { countBySender, type Outlet } from './outlets.ts'
import type { MailOutcome } from './smtp-pool.ts'
import { topicsOf } from './topics-of-messages.ts'

export type Settled = { message: ClaimedMessage, data: MailData, outcome: MessageOutcome, mail: MailOutcome, outlet: Outlet, provider: string | null }

/** Outcomes that come within it are written together, at most so many at once. */
const gatherMilliseconds = 100
const [enough, mostAtOnce] = [250, 500]

/**
 * What became of mails, written many at a time with their events, in one transaction. Mails count as under way from
 * `begin` until their outcome is written.
 */
export class OutcomeWriter {
  underWay = 0
  readonly #app: App
  readonly #sender: string
  readonly #lanes: Lanes
  readonly #rate = new Rate()
  #settled: Settled[] = []
  #isWriting = false
  #written: (() => void)[] = []
  #gaveUp: unknown = null

  /** `sender`: the name under which the mails were taken */
  constructor(app: App, sender: string, lanes: Lanes) {
    this.#app = app
    this.#sender = sender
    this.#lanes = lanes
  }

  begin(): void {
    this.underWay++
  }

  add(settled: Settled): void {
    this.#settled.push(settled)
    if (!this.#isWriting) void this.#write()
  }

  /** Outcomes written a second, of late. */
  perSecond(): number {
    return this.#rate.perSecond(Date.now())
  }

  /** Throws, once, what kept outcomes from being written for so long that they were given up. */
  check(): void {
    const error = this.#gaveUp
    this.#gaveUp = null
    if (error) throw error
  }

  /** Until outcomes have been written, or a moment has passed. */
  someProgress(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, 100)
      this.#written.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Writes what has come in until nothing is left; tries again while the database is away. */
  async #write(): Promise<void> {
    this.#isWriting = true
    for (let failures = 0; this.#settled.length > 0;) {
      if (failures === 0) await this.#gather()
      const batch = this.#settled.splice(0, mostAtOnce)
      try {
        await this.#record(batch)
        this.underWay -= batch.length
        this.#rate.add(batch.length, Date.now())
        failures = 0
        for (const tell of this.#written.splice(0)) tell()
      } catch (error) {
        this.#settled.unshift(...batch)
        this.#app.log.error({ err: error }, 'outcomes of mails could not be written and will be tried again')
        if (++failures > 100) {
          // The database has been away too long: the rows stay `sending` and are settled by policy.
          this.underWay -= this.#settled.splice(0).length
          this.#gaveUp = error
          break
        }
        await new Promise(resolve => setTimeout(resolve, Math.min(5_000, 100 * 2 ** failures)))
      }
    }
    this.#isWriting = false
    for (const tell of this.#written.splice(0)) tell()
  }

  /** Waits for more outcomes to write at once, while more can come. */
  async #gather(): Promise<void> {
    const until = Date.now() + gatherMilliseconds
    do await new Promise(resolve => setTimeout(resolve, 5))
    while (this.#settled.length < Math.min(enough, this.underWay) && Date.now() < until)
  }

  async #record(batch: Settled[]): Promise<void> {
    const now = this.#app.now()
    const ordered = batch.toSorted((one, other) => one.message.contact_id - other.message.contact_id || one.message.id - other.message.id)
    await withTransaction(this.#app.db, async tx => {
      const recorded = await recordOutcomes(tx, ordered.map(each => each.outcome), this.#sender, now)
      const took = ordered.filter(each => recorded.has(each.message.id))
      await appendEvents(tx, took.flatMap(eventsOf), now)
      const dead = took.filter(each => each.outcome.state === 'bounced').flatMap(each => {
        const email = normaliseEmail(each.data.to_email ?? '')
        return email === null ? [] : [{ email, reason: 'hard_bounce' as const, detail: (each.outcome.detail ?? '').slice(0, 500) }]
      })
      await suppress(tx, dead, now)
      await countBySender(tx, took.map(each => ({ outlet: each.outlet, mail: each.mail, state: each.outcome.state })), now)
      await touchAll(tx, topicsOf(took.map(each => each.message)))
    })
    await this.#lanes.note(batch).catch((error: unknown) => this.#app.log.error({ err: error }, 'what providers said could not be written'))
  }
}

/** Outcomes a second, over the last one or two seconds. */
class Rate {
  #since = 0
  #count = 0
  #rate = 0

  add(count: number, now: number): void {
    this.perSecond(now)
    this.#count += count
  }

  perSecond(now: number): number {
    const seconds = (now - this.#since) / 1000
    if (seconds >= 1) {
      // After a pause nothing is known.
      this.#rate = seconds > 10 ? 0 : this.#count / seconds
      this.#since = now
      this.#count = 0
    }
    return Math.max(this.#rate, this.#count)
  }
}

function eventsOf({ message, outcome, mail, data }: Settled): NewEvent[] {
  // What staff send to themselves did not happen to the contact.
  if (message.kind === 'test') return []
  const about = { contact: { id: message.contact_id }, source: 'sender', message_id: message.id, campaign_id: message.campaign_id, journey_id: message.journey_id }
  if (outcome.state === 'sent') return [{ ...about, type: 'email.sent', properties: { to: data.to_email, template_version_id: message.template_version_id } }]
  const properties = { reason: outcome.reason, reply: mail.detail.slice(0, 500) }
  if (outcome.state === 'bounced') return [{ ...about, type: 'email.bounced', properties: { ...properties, hard: true } }]
  if (outcome.state === 'failed') return [{ ...about, type: 'email.failed', properties }]
  return []
}

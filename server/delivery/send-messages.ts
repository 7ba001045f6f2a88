import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import pg from 'pg'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { counter, histogram } from '../base/metrics.ts'
import { writeSetting } from '../company/company.sql.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import { type ClaimedMessage, claimMessages, markSending, markSkipped, type MessageOutcome, recordOutcomes } from '../messages/claim-messages.sql.ts'
import { postpone } from '../messages/find-waits.sql.ts'
import { priorities } from '../messages/queue-messages.sql.ts'
import { holdNameStatements, sendersUnderWay, settleMessagesOf } from '../messages/recover-messages.sql.ts'
import { renderHoles, type RenderedHoles } from '../templates/render-mail.ts'
import { loadMailData, type MailData } from '../tracking/load-mail-data.ts'
import { composeMail, type Sender } from './compose-mail.ts'
import { Gate, type Passed, type Turn } from './gate.ts'
import { heldBy } from './hold-sender.ts'
import { answersOf } from './letter-headers.ts'
import { makeMessageId } from './message-ids.ts'
import { makeReturnPath } from './return-paths.ts'
import { countBySender, type Outlet } from './outlets.ts'
import { Senders } from './senders.ts'
import { SendingThreads } from './sending-threads.ts'
import { settleOutcome } from './settle-outcome.ts'
import { smtpAddress } from './smtp-address.ts'
import type { MailOutcome } from './smtp-pool.ts'

const batchSize = 250
/**
 * Mails that are taken, but whose outcome is not written yet: so many as leave within a second at the rate of now. More
 * would only wait in the process, where a more urgent mail could not be told from them and a crash would leave more unknown.
 */
const [fewestUnderWay, mostUnderWay] = [250, 1000]
const secondsUnderWay = 1
/** Outcomes that come within it are written together. */
const gatherMilliseconds = 100
/** What somebody waits for is looked for that often while no more of the rest is taken. */
const urgentMilliseconds = 100
/** Full batches in a row after which threads are called to help. */
const batchesBeforeThreads = 4
const recoverAfterMilliseconds = 15_000

const outcomes = counter('mails_total', 'Mails by outcome', ['outcome'])
const lag = histogram('mail_lag_seconds', 'From due to taken by a sender', [0.1, 0.3, 1, 3, 10, 60, 600], ['kind'])

/** Told what happens, by whoever counts it. `kind`: of the message. */
export type SendingWatch = { mail: (outcome: string, count?: number) => void, lag: (kind: string, seconds: number) => void }
const countHere: SendingWatch = { mail: (outcome, count = 1) => outcomes.inc({ outcome }, count), lag: (kind, seconds) => lag.observe({ kind }, seconds) }

type Ready = { message: ClaimedMessage, data: MailData, holes: RenderedHoles, to: { address: string, utf8: boolean } }
type Settled = { message: ClaimedMessage, data: MailData, outcome: MessageOutcome, mail: MailOutcome, outlet: Outlet, provider: string | null }

/**
 * One sender of a process. `sending` is committed before the first byte leaves; outcomes are written many at a time,
 * with their events, in one transaction. Its name is held by a lock in the database for as long as it lives, so that
 * others can tell what it left behind.
 */
export class MessageSender {
  readonly name = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  readonly #app: App
  readonly #gate: Gate
  readonly #senders: Senders
  #lock: pg.Client | null = null
  #underWay = 0
  #settled: Settled[] = []
  #flushing: Promise<void> | null = null
  #progress: (() => void)[] = []
  #recoverAt = 0
  #wasDown = false
  #batchError: unknown = null
  readonly #watch: SendingWatch
  readonly #threads: SendingThreads | null
  #fullBatches = 0
  #urgentAt = 0
  #rate = new SettledRate()

  /** Without a watch it counts in the metrics of the process and may call threads to help; with one it is such a thread. */
  constructor(app: App, watch?: SendingWatch) {
    this.#app = app
    this.#gate = new Gate(app)
    this.#senders = new Senders(app)
    this.#watch = watch ?? countHere
    this.#threads = watch ? null : new SendingThreads(app, countHere)
  }

  /** Takes one batch and hands it over; true while there is more, or while answers are awaited. */
  async run(): Promise<boolean> {
    await this.#holdName()
    if (Date.now() >= this.#recoverAt) {
      this.#recoverAt = Date.now() + 5_000
      await this.recover(recoverAfterMilliseconds)
    }
    if (this.#batchError) {
      const error = this.#batchError
      this.#batchError = null
      throw error
    }
    const { sender } = await this.#senders.use()
    const taken = sender ? await this.#takeWhatFits(sender) : 0
    if (taken > 0) return true
    if (this.#underWay === 0) return false
    await this.#someProgress()
    return true
  }

  async #takeWhatFits(sender: Sender): Promise<number> {
    const room = Math.min(mostUnderWay, Math.max(fewestUnderWay, secondsUnderWay * this.#rate.perSecond(Date.now())))
    const fits = this.#underWay === 0 || this.#underWay + batchSize <= room
    if (!fits && Date.now() < this.#urgentAt) return 0
    if (!fits) this.#urgentAt = Date.now() + urgentMilliseconds
    const turn = await this.#gate.begin(batchSize, !fits)
    try {
      const taken = turn.queues.length === 0 ? 0 : await this.#take(turn, sender)
      if (fits) this.#fullBatches = taken < batchSize ? 0 : this.#fullBatches + 1
      if (this.#fullBatches === batchesBeforeThreads) this.#threads?.start()
      return taken
    } finally {
      await this.#gate.end(turn)
    }
  }

  /** Lets what is under way come to its end. */
  async stop(): Promise<void> {
    await this.#threads?.stop()
    const until = Date.now() + 20_000
    while (this.#underWay > 0 && Date.now() < until) await this.#someProgress()
    this.#gate.stop()
    await this.#lock?.end().catch(() => undefined)
    this.#lock = null
  }

  /** Settles what dead senders left. `olderThan` gives a living one, whose connection was cut, time to take its name again. */
  async recover(olderThan: number): Promise<{ unknown: number, again: number }> {
    const { db, now, log } = this.#app
    const total = { unknown: 0, again: 0 }
    for (const dead of await sendersUnderWay(db, this.name, new Date(now().getTime() - olderThan))) {
      await withTransaction(db, async tx => {
        const settled = await settleMessagesOf(tx, dead, now())
        total.unknown += settled.unknown
        total.again += settled.again
        await touchAll(tx, settled.campaigns.map(id => `campaign:${id}`))
        if (settled.unknown + settled.again > 0) log.warn({ sender: dead, unknown: settled.unknown, again: settled.again }, 'messages of a sender that died were settled')
      })
    }
    return total
  }

  async #holdName(): Promise<void> {
    if (this.#lock) return
    const client = new pg.Client({ connectionString: this.#app.pool.options.connectionString, application_name: 'otklik sender', keepAlive: true })
    const lost = () => { if (this.#lock === client) this.#lock = null }
    client.on('error', lost)
    client.on('end', lost)
    await client.connect()
    await client.query(holdNameStatements[0], [this.name])
    await client.query(holdNameStatements[1])
    this.#lock = client
  }

  /** How many were taken, settled or put off. What no sender has room for stays as it is. */
  async #take(turn: Turn, sender: Sender): Promise<number> {
    const now = this.#app.now()
    const { taken, ready } = await withTransaction(this.#app.db, async tx => {
      const claimed = await claimMessages(tx, turn.queues, batchSize, now)
      const refused = claimed.filter(message => message.refusal !== null)
      await markSkipped(tx, refused.map(message => ({ contact_id: message.contact_id, id: message.id, reason: message.refusal! })))
      const { passed, postponed } = await this.#gate.decide(tx, turn, claimed.filter(message => message.refusal === null), now)
      await postpone(tx, postponed)
      const ways = new Map(passed.map(each => [each.message, each]))
      const { ready, unsendable } = await this.#render(tx, passed.map(each => each.message))
      await markSkipped(tx, unsendable.filter(each => each.reason !== 'render_error'))
      await markSkipped(tx, unsendable.filter(each => each.reason === 'render_error'), 'failed')
      await markSending(tx, ready.map(({ message, data, to }) => ({ contact_id: message.contact_id, id: message.id, to_email: to.address, locale: data.locale, sent_by: ways.get(message)!.outlet.id, provider: ways.get(message)!.provider })), this.name, sender.domain, now)
      const waiting = new Set(postponed.map(each => each.id))
      const stopped = [...refused, ...claimed.filter(message => waiting.has(message.id)), ...unsendable]
      await touchAll(tx, [...topicsOf(claimed.filter(message => message.refusal !== null || waiting.has(message.id))), ...stopped.map(each => `contact:${each.contact_id}`)])
      return { taken: refused.length + postponed.length + unsendable.length + ready.length, ready: ready.map(each => ({ ...each, way: ways.get(each.message)! })) }
    })
    // From here on `sending` is on disk.
    for (const each of ready) {
      this.#watch.lag(each.message.kind, Math.max(0, (now.getTime() - each.message.send_after.getTime()) / 1000))
      this.#underWay++
      void this.#deliver(each, each.way, sender, now)
    }
    return taken
  }

  async #render(tx: Db, messages: ClaimedMessage[]): Promise<{ ready: Ready[], unsendable: { contact_id: number, id: number, reason: string, detail?: string }[] }> {
    const ready: Ready[] = []
    const unsendable: { contact_id: number, id: number, reason: string, detail?: string }[] = []
    const loaded = await loadMailData(this.#app, tx, messages)
    for (const [index, message] of messages.entries()) {
      const data = loaded[index]
      const ids = { contact_id: message.contact_id, id: message.id }
      if (!data) continue
      const to = data.to_email === null ? null : smtpAddress(data.to_email)
      if (!to) {
        unsendable.push({ ...ids, reason: 'invalid_email', ...(data.to_email === null ? {} : { detail: data.to_email.slice(0, 200) }) })
        continue
      }
      try {
        const holes = renderHoles(data.compiled, data)
        ready.push({ message, data, holes: { ...holes, subject: data.subject_mark + holes.subject }, to })
      } catch (error) {
        unsendable.push({ ...ids, reason: 'render_error', detail: error instanceof Error ? error.message.slice(0, 500) : String(error) })
      }
    }
    return { ready, unsendable }
  }

  async #deliver(ready: Ready, { outlet, provider }: Passed, sender: Sender, now: Date): Promise<void> {
    const { message, data, holes } = ready
    let mail: MailOutcome
    try {
      const composed = await composeMail(data.compiled, holes, sender, headOf(this.#app, ready, sender, now))
      mail = await outlet.transport.send({ ...composed, urgent: message.priority < priorities.journey }, { contact_id: message.contact_id, message_id: message.id, subject: holes.subject })
    } catch (error) {
      this.#app.log.error({ err: error, message: message.id }, 'a mail could not be made or handed over')
      mail = { kind: 'failed', reason: 'refused', detail: error instanceof Error ? error.message : String(error) }
    }
    this.#watch.mail(mail.kind)
    if (outlet.id === null) this.#noteHealth(mail)
    else this.#gate.note(outlet, mail)
    const held = outlet.id === null ? null : heldBy(mail)
    const settled = settleOutcome({ ...message, attempts: message.attempts + 1 }, held ? { kind: 'held', detail: mail.detail, ...held } : mail, this.#app.now(), outlet.id === null ? outlet.transport.downFor() : 0)
    this.#settled.push({ message, data, outcome: settled, mail, outlet, provider })
    if (this.#flushing === null) this.#flushing = this.#flush()
  }

  /** Writes what has come in until nothing is left; tries again while the database is away. */
  async #flush(): Promise<void> {
    for (let failures = 0; this.#settled.length > 0;) {
      if (failures === 0) await this.#gather()
      const batch = this.#settled.splice(0, 500)
      try {
        await this.#record(batch)
        this.#underWay -= batch.length
        this.#rate.add(batch.length, Date.now())
        failures = 0
        for (const tell of this.#progress.splice(0)) tell()
      } catch (error) {
        this.#settled.unshift(...batch)
        this.#app.log.error({ err: error }, 'outcomes of mails could not be written and will be tried again')
        if (++failures > 100) {
          // The database has been away too long: the rows stay `sending` and are settled by policy.
          this.#underWay -= this.#settled.splice(0).length
          this.#batchError = error
          break
        }
        await new Promise(resolve => setTimeout(resolve, Math.min(5_000, 100 * 2 ** failures)))
      }
    }
    this.#flushing = null
    for (const tell of this.#progress.splice(0)) tell()
  }

  /** Waits for more outcomes to write at once, while more can come. */
  async #gather(): Promise<void> {
    const until = Date.now() + gatherMilliseconds
    do await new Promise(resolve => setTimeout(resolve, 5))
    while (this.#settled.length < Math.min(batchSize, this.#underWay) && Date.now() < until)
  }

  async #record(batch: Settled[]): Promise<void> {
    const now = this.#app.now()
    const ordered = batch.toSorted((one, other) => one.message.contact_id - other.message.contact_id || one.message.id - other.message.id)
    await withTransaction(this.#app.db, async tx => {
      const recorded = await recordOutcomes(tx, ordered.map(each => each.outcome), this.name, now)
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
    await this.#gate.lanes.note(batch).catch((error: unknown) => this.#app.log.error({ err: error }, 'what providers said could not be written'))
  }

  /** What the settings page shows; written only when it changes. */
  #noteHealth(mail: MailOutcome): void {
    const down = mail.kind === 'not_sent' || (mail.kind === 'failed' && mail.reason === 'authentication')
    if (down === this.#wasDown) return
    this.#wasDown = down
    const status = down
      ? { state: 'down', step: mail.kind === 'not_sent' ? mail.error.phase : 'auth', message: mail.detail.slice(0, 500), since: this.#app.now().toISOString() }
      : { state: 'good', step: null, message: null, since: this.#app.now().toISOString() }
    if (down) this.#app.log.error({ step: status.step, reason: status.message }, 'the mail server cannot be used; mails wait')
    writeSetting(this.#app.db, 'smtp_status', status).catch(() => undefined)
  }

  #someProgress(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, 100)
      this.#progress.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** Outcomes a second, over the last one or two seconds. */
class SettledRate {
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

function headOf(app: App, { message, data, to }: Ready, sender: Sender, now: Date) {
  const marketing = message.template_kind === 'marketing' && message.kind !== 'transactional'
  const own = `${message.contact_id}.${message.id}`
  const ids = { contact_id: message.contact_id, message_id: message.id }
  // What staff send to themselves did not go to the contact: it must not come back to them either.
  const returnTo = message.kind === 'test' ? null : sender.returnAddress
  const group = message.campaign_id !== null ? `c${message.campaign_id}` : message.journey_id !== null ? `j${message.journey_id}` : `t${message.template_version_id}`
  return {
    to, toName: data.to_name, date: now,
    messageId: makeMessageId(app.sign, ids, sender.domain),
    returnPath: returnTo && makeReturnPath(app.sign, 'bounce', ids, returnTo),
    unsubscribeUrl: marketing ? data.unsubscribe_url : null,
    unsubscribeAddress: marketing && returnTo ? makeReturnPath(app.sign, 'unsubscribe', ids, returnTo) : null,
    listId: marketing && message.topic_key !== null ? { name: (data.locale === 'ru' ? message.topic_name_ru : message.topic_name_en) ?? '', key: message.topic_key } : null,
    feedbackId: marketing ? `${group}:${message.kind}:otklik:${sender.domain}` : null,
    answers: answersOf(message.context),
    // A person wrote it.
    automatic: !marketing && message.context['letter'] === undefined,
    own,
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

function topicsOf(messages: ClaimedMessage[]): string[] {
  return messages.flatMap(message => [...(message.campaign_id === null ? [] : [`campaign:${message.campaign_id}`]), ...(message.journey_id === null ? [] : [`journey:${message.journey_id}`])])
}

const senders = new WeakMap<App, MessageSender>()
export function senderOfApp(app: App): MessageSender {
  let sender = senders.get(app)
  if (!sender) senders.set(app, sender = new MessageSender(app))
  return sender
}

/** The loop of the role `sender`. */
export const sendMessages = (app: App): Promise<boolean> => senderOfApp(app).run()
export const stopSending = async (app: App): Promise<void> => {
  await senders.get(app)?.stop()
  senders.delete(app)
}

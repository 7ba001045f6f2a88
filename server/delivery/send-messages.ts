import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import pg from 'pg'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { counter, histogram } from '../base/metrics.ts'
import { writeSetting } from '../company/company.sql.ts'
import { type ClaimedMessage, claimMessages, markSending, markSkipped } from '../messages/claim-messages.sql.ts'
import { postpone } from '../messages/find-waits.sql.ts'
import { priorities } from '../messages/queue-messages.sql.ts'
import { holdNameStatements, sendersUnderWay, settleMessagesOf } from '../messages/recover-messages.sql.ts'
import { renderHoles, type RenderedHoles } from '../templates/render-mail.ts'
import { loadMailData, type MailData } from '../tracking/load-mail-data.ts'
import { composeMail, type Sender } from './compose-mail.ts'
import { Gate, type Passed, type Turn } from './gate.ts'
import { heldBy } from './hold-sender.ts'
import { headOf } from './head-of-message.ts'
import { OutcomeWriter } from './outcome-writer.ts'
import { Senders } from './senders.ts'
import { SendingThreads } from './sending-threads.ts'
import { settleOutcome } from './settle-outcome.ts'
import { smtpAddress } from './smtp-address.ts'
import { topicsOf } from './topics-of-messages.ts'
import type { MailOutcome } from './smtp-pool.ts'

const batchSize = 250
/**
 * Mails that are taken, but whose outcome is not written yet: so many as leave within a second at the rate of now. More
 * would only wait in the process, where a more urgent mail could not be told from them and a crash would leave more unknown.
 */
const [fewestUnderWay, mostUnderWay] = [250, 1000]
const secondsUnderWay = 1
/** What somebody waits for is looked for that often while no more of the rest is taken. */
const urgentMilliseconds = 100
/** Filling in the mails of one batch takes a hundredth of this; one with costly Liquid is divided. */
const renderMilliseconds = 1000
/** Full batches in a row after which threads are called to help. */
const batchesBeforeThreads = 4
const recoverAfterMilliseconds = 15_000

const outcomes = counter('mails_total', 'Mails by outcome', ['outcome'])
const lag = histogram('mail_lag_seconds', 'From due to taken by a sender', [0.1, 0.3, 1, 3, 10, 60, 600], ['kind'])

/** Told what happens, by whoever counts it. `kind`: of the message. */
export type SendingWatch = { mail: (outcome: string, count?: number) => void, lag: (kind: string, seconds: number) => void }
const countHere: SendingWatch = { mail: (outcome, count = 1) => outcomes.inc({ outcome }, count), lag: (kind, seconds) => lag.observe({ kind }, seconds) }

type Ready = { message: ClaimedMessage, data: MailData, holes: RenderedHoles, to: { address: string, utf8: boolean } }

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
  readonly #outcomes: OutcomeWriter
  #lock: pg.Client | null = null
  #recoverAt = 0
  #wasDown = false
  readonly #watch: SendingWatch
  readonly #threads: SendingThreads | null
  #fullBatches = 0
  #urgentAt = 0

  /** Without a watch it counts in the metrics of the process and may call threads to help; with one it is such a thread. */
  constructor(app: App, watch?: SendingWatch) {
    this.#app = app
    this.#gate = new Gate(app)
    this.#senders = new Senders(app)
    this.#outcomes = new OutcomeWriter(app, this.name, this.#gate.lanes)
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
    this.#outcomes.check()
    const { sender } = await this.#senders.use()
    const taken = sender ? await this.#takeWhatFits(sender) : 0
    if (taken > 0) return true
    if (this.#outcomes.underWay === 0) return false
    await this.#outcomes.someProgress()
    return true
  }

  async #takeWhatFits(sender: Sender): Promise<number> {
    const room = Math.min(mostUnderWay, Math.max(fewestUnderWay, secondsUnderWay * this.#outcomes.perSecond()))
    const fits = this.#outcomes.underWay === 0 || this.#outcomes.underWay + batchSize <= room
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
    while (this.#outcomes.underWay > 0 && Date.now() < until) await this.#outcomes.someProgress()
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
      this.#outcomes.begin()
      void this.#deliver(each, each.way, sender, now)
    }
    return taken
  }

  async #render(tx: Db, messages: ClaimedMessage[]): Promise<{ ready: Ready[], unsendable: { contact_id: number, id: number, reason: string, detail?: string }[] }> {
    const ready: Ready[] = []
    const unsendable: { contact_id: number, id: number, reason: string, detail?: string }[] = []
    const broken = new Map<number, unknown>()
    const loaded = await loadMailData(this.#app, tx, messages, (index, error) => broken.set(index, error))
    const began = performance.now()
    for (const [index, message] of messages.entries()) {
      // What is costly to fill in must not keep others waiting: the rest stays queued for the next turn.
      if (performance.now() - began > renderMilliseconds) break
      const data = loaded[index]
      const ids = { contact_id: message.contact_id, id: message.id }
      if (!data) {
        if (broken.has(index)) unsendable.push({ ...ids, reason: 'render_error', detail: wordsOf(broken.get(index)) })
        continue
      }
      const to = data.to_email === null ? null : smtpAddress(data.to_email)
      if (!to) {
        unsendable.push({ ...ids, reason: 'invalid_email', ...(data.to_email === null ? {} : { detail: data.to_email.slice(0, 200) }) })
        continue
      }
      try {
        const holes = renderHoles(data.compiled, data)
        ready.push({ message, data, holes: { ...holes, subject: data.subject_mark + holes.subject }, to })
      } catch (error) {
        unsendable.push({ ...ids, reason: 'render_error', detail: wordsOf(error) })
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
    this.#outcomes.add({ message, data, outcome: settled, mail, outlet, provider })
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
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500)

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

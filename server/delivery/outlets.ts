import type { App } from '../base/app.ts'
import { countSenders } from '../messages/recover-messages.sql.ts'
import { ApiTransport } from './api-transport.ts'
import { giveBack, takeBudgets, type Wanted } from './budgets.sql.ts'
import { heldBy, rest, workAgain } from './hold-sender.ts'
import { unpackAccount } from './sender-accounts.ts'
import { countAnswers, forgetMinutes, listSenders, type SenderCount, type SenderRow, startOfDay } from './senders.sql.ts'
import { type MailOutcome, SmtpPool } from './smtp-pool.ts'
import { smtpTransport, type Transport, Transports } from './transport.ts'
import type { Db } from '../base/db.ts'

export type Stream = 'marketing' | 'transactional'
/** One way a mail can leave now. `id` null: the company's mail server or the test mailbox, used while no sender serves the stream. */
export type Outlet = { id: number | null, name: string, transport: Transport }
type Share = { outlet: Outlet, left: number, key: string | null }
type Known = { row: SenderRow, key: string, outlet: Outlet }

const checkedFor = 1_000
const budgetKey = (id: number): string => `sender:${id}`

/** What may leave by each sender in one batch; what is not used goes back at the end. */
export class BatchPlan {
  readonly #db: Db
  readonly #shares: Record<Stream, Share[]>

  constructor(db: Db, shares: Record<Stream, Share[]>) {
    this.#db = db
    this.#shares = shares
  }

  room(stream: Stream): number {
    return this.#shares[stream].reduce((sum, share) => sum + share.left, 0)
  }

  /** The first sender of the stream that has room; null: none has. */
  take(stream: Stream): Outlet | null {
    const share = this.#shares[stream].find(each => each.left > 0)
    if (!share) return null
    share.left--
    return share.outlet
  }

  async end(): Promise<void> {
    const shares = new Set([...this.#shares.marketing, ...this.#shares.transactional])
    await giveBack(this.#db, [...shares].flatMap(share => share.key === null ? [] : [{ key: share.key, amount: share.left }]))
  }
}

/** All ways mails can leave, with what is known of their health. Read anew every second. */
export class Outlets {
  readonly #app: App
  readonly #fallback: Transports
  #known: Known[] = []
  #dayStart = new Date(0)
  #checkedAt = 0
  #forgetAt = 0

  constructor(app: App) {
    this.#app = app
    this.#fallback = new Transports(app)
  }

  /** What may leave in a batch of so many. */
  async plan(batch: number): Promise<BatchPlan> {
    const now = this.#app.now()
    await this.#check(now)
    const enabled = this.#known.filter(({ row }) => row.is_enabled)
    const serving = (stream: Stream) => enabled.filter(({ row }) => row.stream === stream || row.stream === 'both')
    const usable = enabled.filter(({ row, outlet }) => (row.held_until === null || row.held_until <= now) && outlet.transport.downFor() === 0)
    // A sender without limits takes all there is: those after it are not asked.
    const asked = new Set((['transactional', 'marketing'] as const).flatMap(stream => upToUnlimited(serving(stream).filter(each => usable.includes(each)))))
    const wanted = [...asked].flatMap(({ row }): Wanted[] => isLimited(row) ? [{ key: budgetKey(row.id), amount: batch, per_second: row.per_second, burst: row.per_second ?? 0, per_hour: row.per_hour, per_day: row.per_day }] : [])
    const granted = await takeBudgets(this.#app.db, wanted, this.#dayStart, now)
    const shares = new Map([...asked].map(known => [known, { outlet: known.outlet, left: isLimited(known.row) ? granted.get(budgetKey(known.row.id)) ?? 0 : batch, key: isLimited(known.row) ? budgetKey(known.row.id) : null }]))
    const of = async (stream: Stream): Promise<Share[]> => {
      const own = serving(stream)
      if (own.length > 0) return own.flatMap(known => shares.get(known) ?? [])
      const transport = await this.#fallback.use()
      return transport.downFor() > 0 ? [] : [{ outlet: { id: null, name: '', transport }, left: batch, key: null }]
    }
    return new BatchPlan(this.#app.db, { transactional: await of('transactional'), marketing: await of('marketing') })
  }

  /** A sender by its number, whatever its stream and its limits; null: it is off, held or gone. As of the last plan. */
  byId(id: number, now: Date): Outlet | null {
    const known = this.#known.find(({ row }) => row.id === id)
    return known && known.row.is_enabled && (known.row.held_until === null || known.row.held_until <= now) && known.outlet.transport.downFor() === 0 ? known.outlet : null
  }

  /** An outcome that speaks against its sender lets it rest; a mail that left says it works again. */
  note(outlet: Outlet, mail: MailOutcome): void {
    const known = this.#known.find(({ row }) => row.id === outlet.id)
    if (!known) return
    const held = heldBy(mail)
    if (held) {
      const now = this.#app.now()
      if (known.row.held_until !== null && known.row.held_until > now) return
      known.row.held_until = new Date(now.getTime() + 1000)
      void rest(this.#app, known.row, held, mail.detail).then(until => { known.row.held_until = until }, error => this.#app.log.error({ err: error }, 'what is wrong with a sender could not be written'))
      known.row.failures++
      known.row.held_reason = held.reason
    } else if (mail.kind === 'sent' && known.row.held_reason !== null) {
      known.row.held_reason = null
      known.row.failures = 0
      void workAgain(this.#app, known.row.id).catch(error => this.#app.log.error({ err: error }, 'that a sender works again could not be written'))
    }
  }

  end(): void {
    this.#fallback.end()
    for (const { outlet } of this.#known) outlet.transport.end()
    this.#known = []
    this.#checkedAt = 0
  }

  async #check(now: Date): Promise<void> {
    if (Date.now() - this.#checkedAt < checkedFor) return
    const rows = await listSenders(this.#app.db)
    this.#dayStart = await startOfDay(this.#app.db, now)
    const before = new Map(this.#known.map(known => [known.key, known]))
    this.#known = rows.map(row => {
      const key = `${row.id} ${row.settings} ${row.connections}`
      const known = before.get(key)
      before.delete(key)
      return { row, key, outlet: known?.outlet ?? { id: row.id, name: row.name, transport: this.#open(row) } }
    })
    const processes = rows.length === 0 ? 1 : await countSenders(this.#app.db)
    for (const { outlet } of this.#known) outlet.transport.share(processes)
    for (const gone of before.values()) gone.outlet.transport.end()
    this.#checkedAt = Date.now()
    if (Date.now() > this.#forgetAt) {
      this.#forgetAt = Date.now() + 3_600_000
      await forgetMinutes(this.#app.db, new Date(now.getTime() - 2 * 86_400_000))
    }
  }

  #open(row: SenderRow): Transport {
    const account = unpackAccount(this.#app.sign, row.settings)
    return account.kind === 'smtp'
      ? smtpTransport(new SmtpPool({ ...account, password: account.password ?? '', connections: row.connections }))
      : new ApiTransport(account, row.connections, this.#app.now)
  }
}

const isLimited = (row: SenderRow): boolean => row.per_second !== null || row.per_hour !== null || row.per_day !== null

function upToUnlimited(senders: Known[]): Known[] {
  const end = senders.findIndex(({ row }) => !isLimited(row))
  return end === -1 ? senders : senders.slice(0, end + 1)
}

/** What a batch of outcomes says about its senders: counted by the minute, with the newest answers that were no acceptance. */
export async function countBySender(tx: Db, settled: { outlet: Outlet, mail: MailOutcome, state: string }[], now: Date): Promise<void> {
  const counts = new Map<number, SenderCount>()
  for (const { outlet, mail, state } of settled) {
    if (outlet.id === null) continue
    const count = counts.get(outlet.id) ?? { sender_id: outlet.id, sent: 0, later: 0, bounced: 0, failed: 0, answers: [] }
    counts.set(outlet.id, count)
    if (state === 'sent') count.sent++
    else {
      count[state === 'queued' ? 'later' : state === 'bounced' ? 'bounced' : 'failed']++
      const text = mail.detail.slice(0, 300)
      if (count.answers.length < 5 && !count.answers.some(answer => answer.text === text)) count.answers.push({ at: now.toISOString(), outcome: mail.kind, text })
    }
  }
  await countAnswers(tx, [...counts.values()], now)
}

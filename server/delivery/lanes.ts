import type { SendingRules } from '../../shared/sending-rules.ts'
import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { queuesDue } from '../messages/find-waits.sql.ts'
import { type OpenQueue, providerQueue } from '../messages/open-queues.sql.ts'
import { findProviders, holdLane, type LaneRow, listLanes, quickenLanes } from './lanes.sql.ts'
import type { MailOutcome } from './smtp-pool.ts'

/** A minute, for a lane that was slowed and has no limit of its own. */
const usualPerMinute = 600
const checkedFor = 1_000
const forgetProvidersAfter = 600_000
const quickenAfterMinutes = 10
const holds = { rate: { first: 1, most: 60 }, block: { first: 2, most: 360 }, busy: { first: 1, most: 30 } }
/** So many "later" in one batch, and more than were taken, say that the provider and not the mailbox is busy. */
const busyFrom = 5

export type LaneLimit = { per_minute: number | null, at_once: number | null, held: LaneRow | null }

/** What goes to each receiving provider: limits of the rules, slowed by its answers. State is in the database; read anew every second. */
export class Lanes {
  readonly #app: App
  #rows = new Map<string, LaneRow>()
  #checkedAt = 0
  #providers = new Map<string, string>()
  #providersAt = 0

  constructor(app: App) {
    this.#app = app
  }

  /** Provider queues in which something is due and may leave, with how much of it. */
  async open(rules: SendingRules): Promise<OpenQueue[]> {
    await this.#check()
    const free = [...this.#rows.keys()].filter(provider => !this.limitOf(rules, provider).held)
    const due = new Set(await queuesDue(this.#app.db, free.map(providerQueue), this.#app.now()))
    return free.filter(provider => due.has(providerQueue(provider))).map(provider => {
      const { per_minute, at_once } = this.limitOf(rules, provider)
      return { name: providerQueue(provider), most: Math.min(per_minute === null ? Infinity : Math.max(1, Math.ceil(per_minute / 60)), at_once ?? Infinity, 1_000_000) }
    })
  }

  limitOf(rules: SendingRules, provider: string): LaneLimit {
    const row = this.#rows.get(provider)
    const rule = rules.providers.find(each => each.provider === provider)
    const slow = row?.slow ?? 0
    const perMinute = rule?.per_minute ?? null
    return {
      per_minute: slow === 0 ? perMinute : Math.max(1, Math.floor((perMinute ?? usualPerMinute) / 2 ** slow)),
      at_once: rule?.at_once == null ? null : Math.max(1, Math.floor(rule.at_once / 2 ** slow)),
      held: row?.held_until != null && row.held_until > this.#app.now() ? row : null,
    }
  }

  /** A provider whose queue gets its first message is known from now on. */
  knows(provider: string): boolean {
    return this.#rows.has(provider)
  }

  async providersOf(domains: string[]): Promise<Map<string, string>> {
    if (Date.now() - this.#providersAt > forgetProvidersAfter || this.#providers.size > 100_000) {
      this.#providers.clear()
      this.#providersAt = Date.now()
    }
    const unknown = [...new Set(domains)].filter(domain => domain !== '' && !this.#providers.has(domain))
    if (unknown.length > 0) for (const [domain, provider] of await findProviders(this.#app.db, unknown)) this.#providers.set(domain, provider)
    return this.#providers
  }

  /** What a batch of answers says about providers. Asked to take it slower, or refused as a source of spam: all that goes there rests, and goes on at half the pace. */
  async note(settled: { provider: string | null, mail: MailOutcome }[]): Promise<void> {
    for (const [provider, answers] of Map.groupBy(settled.filter(each => each.provider !== null), each => each.provider!)) {
      const rate = answers.find(({ mail }) => mail.kind === 'deferred' && mail.reason === 'rate_limited')
      const block = answers.find(({ mail }) => (mail.kind === 'deferred' || mail.kind === 'failed') && mail.reason === 'blocked')
      const busy = answers.filter(({ mail }) => mail.kind === 'deferred' && mail.reason === 'busy')
      const sent = answers.filter(({ mail }) => mail.kind === 'sent').length
      if (block) await this.#hold(provider, 'block', block.mail.detail)
      else if (rate) await this.#hold(provider, 'rate', rate.mail.detail)
      else if (busy.length >= busyFrom && busy.length > sent) await this.#hold(provider, 'busy', busy[0]!.mail.detail)
    }
  }

  forget(): void {
    this.#checkedAt = 0
    this.#providers.clear()
  }

  async #hold(provider: string, reason: 'rate' | 'block' | 'busy', detail: string): Promise<void> {
    const now = this.#app.now()
    if (!await holdLane(this.#app.db, provider, reason, detail, holds[reason], now)) return
    this.#checkedAt = 0
    if (reason === 'busy') return
    await raiseAlert(this.#app.db, {
      kind: 'provider', thing: providerThing(provider), link: '/settings/sending-rules',
      title: reason === 'block'
        ? { en: `${provider} refuses our mails`, ru: `${provider} не принимает наши письма` }
        : { en: `${provider} asks us to send more slowly`, ru: `${provider} просит отправлять медленнее` },
      body: { en: `Campaigns and journeys to it rest and go on more slowly. Its answer: ${detail}`, ru: `Рассылки и цепочки туда приостановлены и продолжатся медленнее. Ответ: ${detail}` },
    }, now)
  }

  async #check(): Promise<void> {
    if (Date.now() - this.#checkedAt < checkedFor) return
    const now = this.#app.now()
    if ([...this.#rows.values()].some(row => row.slow > 0)) await settleAlerts(this.#app.db, 'provider', { things: (await quickenLanes(this.#app.db, quickenAfterMinutes, now)).map(providerThing) }, now)
    this.#rows = new Map((await listLanes(this.#app.db)).map(row => [row.provider, row]))
    this.#checkedAt = Date.now()
  }
}

/** What alerts about a receiving provider are about. */
export const providerThing = (provider: string): string => `provider:${provider}`

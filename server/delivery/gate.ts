import type { SendingRules } from '../../shared/sending-rules.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import type { ClaimedMessage } from '../messages/claim-messages.sql.ts'
import { countUnderWay, findWaits, holdContacts, listZones, type Postponed } from '../messages/find-waits.sql.ts'
import { campaignQueue, type OpenCampaign, openCampaigns, openQueues, type OpenQueue, providerQueue } from '../messages/open-queues.sql.ts'
import { giveBack, takeBudgets, type Wanted } from './budgets.sql.ts'
import { openLanes } from './lanes.sql.ts'
import { Lanes } from './lanes.ts'
import { type BatchPlan, type Outlet, Outlets, type Stream } from './outlets.ts'
import { isWarm, readRules, warmUpToday, type WarmUpState } from './read-rules.ts'
import { startOfDay } from './senders.sql.ts'
import type { MailOutcome } from './smtp-pool.ts'

const checkedFor = 1_000
const day = 86_400_000

/** A mail that may leave now, and by whom. */
export type Passed = { message: ClaimedMessage, outlet: Outlet, provider: string | null }
/** One turn of taking messages: which queues are open, and the budgets taken for it. */
export type Turn = { queues: OpenQueue[], plan: BatchPlan, allowed: Map<number, Allowance[]>, used: Map<number, number> }
/** Taken from a budget of a campaign for one turn. */
type Allowance = { key: string, granted: number }

/** Everything that decides when a mail may leave, and by which sender: senders, campaigns' pace, providers, the rules of the company. */
export class Gate {
  readonly outlets: Outlets
  readonly lanes: Lanes
  readonly #app: App
  #rules: SendingRules | null = null
  #warmUp: WarmUpState | null = null
  #companyZone = 'UTC'
  #dayStart = new Date(0)
  #zones: Set<string> | null = null
  #checkedAt = 0

  constructor(app: App) {
    this.#app = app
    this.outlets = new Outlets(app)
    this.lanes = new Lanes(app)
  }

  /** What may be taken now; `urgent`: only what somebody waits for. Must be ended. */
  async begin(batch: number, urgent: boolean): Promise<Turn> {
    const rules = await this.#check()
    const plan = await this.outlets.plan(batch)
    const room = { transactional: plan.room('transactional'), marketing: plan.room('marketing') }
    if (urgent || room.marketing === 0) return { queues: openQueues(batch, { ...room, marketing: 0 }, [], [], new Map()), plan, allowed: new Map(), used: new Map() }
    const campaigns = await openCampaigns(this.#app.db)
    const allowed = await this.#allow(campaigns, batch)
    return { queues: openQueues(batch, room, await this.lanes.open(rules), campaigns, new Map([...allowed].map(([id, own]) => [id, Math.min(...own.map(each => each.granted))]))), plan, allowed, used: new Map() }
  }

  async end(turn: Turn): Promise<void> {
    await turn.plan.end()
    await giveBack(this.#app.db, [...turn.allowed].flatMap(([id, own]) => own.map(({ key, granted }) => ({ key, amount: granted - (turn.used.get(id) ?? 0) }))))
  }

  /**
   * Claimed messages that may be sent as far as the person is concerned: those that pass, and those that wait with the
   * reason and until when. What no sender has room for is in neither: it stays as it is.
   */
  async decide(tx: Db, turn: Turn, messages: ClaimedMessage[], now: Date): Promise<{ passed: Passed[], postponed: Postponed[] }> {
    const rules = await this.#check()
    const postponed: Postponed[] = []
    const urgent = messages.filter(message => !isMarketing(message))
    let marketing = messages.filter(isMarketing)
    const wait = (message: ClaimedMessage, reason: string | null, detail: string | null, until: Date | null, queue: string | null = null) => {
      // What stands in the queue of its provider and still has no turn is left as it is.
      if (until === null && queue === message.queue && reason === message.reason) return
      postponed.push({ contact_id: message.contact_id, id: message.id, reason, detail, until, queue })
    }

    // Of a campaign that was paused while it waited for a provider: back into its own queue.
    const [running, paused] = part(marketing, message => message.campaign === null || message.campaign.state === 'planning' || message.campaign.state === 'sending')
    for (const message of paused) wait(message, null, null, null, campaignQueue(message.campaign_id!))
    marketing = await this.#byRules(tx, running, rules, now, wait)
    const providers = await this.lanes.providersOf([...urgent, ...marketing].map(message => message.domain))
    const providerOf = (message: ClaimedMessage): string | null => providers.get(message.domain) ?? null
    marketing = await this.#byProvider(marketing, providerOf, rules, now, wait)

    const passed: Passed[] = []
    for (const message of [...urgent, ...marketing]) {
      const chosen = chosenSender(message)
      const outlet = chosen === null ? turn.plan.take(streamOf(message)) : this.outlets.byId(chosen, now)
      if (!outlet) continue
      passed.push({ message, outlet, provider: providerOf(message) })
    }
    // Of the pace, what passed or left the campaign's queue for another is used.
    const gone = [...passed.map(each => each.message), ...messages.filter(message => postponed.some(each => each.id === message.id && each.queue !== null))]
    for (const { campaign_id: id, queue } of gone) if (id !== null && queue === campaignQueue(id)) turn.used.set(id, (turn.used.get(id) ?? 0) + 1)
    return { passed, postponed }
  }

  note(outlet: Outlet, mail: MailOutcome): void {
    this.outlets.note(outlet, mail)
  }

  stop(): void {
    this.outlets.end()
    this.lanes.forget()
    this.#checkedAt = 0
  }

  /** Frequency caps, quiet hours, best hour. */
  async #byRules(tx: Db, messages: ClaimedMessage[], rules: SendingRules, now: Date, wait: (message: ClaimedMessage, reason: string, detail: string | null, until: Date) => void): Promise<ClaimedMessage[]> {
    if (messages.length === 0 || (rules.caps.length === 0 && !rules.quiet_hours && !rules.best_hour)) return messages
    // One at a time to a person: the next is counted against the caps once this one is on its way.
    const first = new Set(messages)
    if (rules.caps.length > 0) {
      const held = await holdContacts(tx, messages.map(message => message.contact_id))
      const seen = new Set<number>()
      for (const message of messages) {
        if (!held.has(message.contact_id) || seen.has(message.contact_id)) first.delete(message)
        seen.add(message.contact_id)
      }
    }
    this.#zones ??= await listZones(tx)
    const zones = this.#zones
    const company = zones.has(this.#companyZone) ? this.#companyZone : 'UTC'
    const waits = new Map((await findWaits(tx, messages.map(message => ({
      contact_id: message.contact_id, id: message.id, kind: message.kind, queued_at: message.queued_at, zone: message.time_zone !== null && zones.has(message.time_zone) ? message.time_zone : company,
      capped: rules.caps.length > 0 && message.campaign?.ignores_caps !== true, quiet: rules.quiet_hours !== null && message.campaign?.ignores_quiet_hours !== true,
      best: rules.best_hour !== null && message.kind === 'campaign' && message.campaign?.ignores_best_hour !== true && message.reason !== 'best_hour',
    })), { caps: rules.caps, quiet: rules.quiet_hours, best: rules.best_hour }, now)).map(each => [each.id, each]))
    return messages.filter(message => {
      const found = waits.get(message.id)
      if (found) wait(message, found.reason, found.detail, found.until)
      else if (!first.has(message)) wait(message, 'another_mail', null, new Date(now.getTime() + 60_000))
      return !found && first.has(message)
    })
  }

  /** Held and full providers, and the volume of the warm-up. */
  async #byProvider(messages: ClaimedMessage[], providerOf: (message: ClaimedMessage) => string | null, rules: SendingRules, now: Date, wait: (message: ClaimedMessage, reason: string, detail: string, until: Date | null, queue: string | null) => void): Promise<ClaimedMessage[]> {
    const groups = Map.groupBy(messages, message => providerOf(message) ?? '')
    const limits = new Map([...groups.keys()].map(provider => [provider, this.lanes.limitOf(rules, provider)]))
    const volume = isWarm(rules, this.#warmUp) ? null : this.#warmUp!.volume
    const wanted = [...groups].flatMap(([provider, group]): Wanted[] => {
      const { per_minute, held } = limits.get(provider)!
      if (held) return []
      return [
        ...(per_minute === null ? [] : [{ key: providerQueue(provider), amount: group.length, per_second: per_minute / 60, burst: Math.max(1, per_minute / 60), per_hour: null, per_day: null }]),
        ...(volume === null ? [] : [{ key: `warm_up:${provider}`, amount: group.length, per_second: null, burst: 0, per_hour: null, per_day: volume }]),
      ]
    })
    const granted = await takeBudgets(this.#app.db, wanted, this.#dayStart, now)
    const underWay = [...limits.values()].some(limit => limit.at_once !== null) ? await countUnderWay(this.#app.db) : new Map<string, number>()
    const passed: ClaimedMessage[] = []
    const unused: { key: string, amount: number }[] = []
    const opened: string[] = []
    for (const [provider, group] of groups) {
      const { per_minute, at_once, held } = limits.get(provider)!
      const byVolume = volume === null || held ? Infinity : granted.get(`warm_up:${provider}`) ?? 0
      const byPace = held ? 0 : Math.min(per_minute === null ? Infinity : granted.get(providerQueue(provider)) ?? 0, at_once === null ? Infinity : Math.max(0, at_once - (underWay.get(provider) ?? 0)))
      const takes = Math.min(group.length, byVolume, byPace)
      passed.push(...group.slice(0, takes))
      if (per_minute !== null && !held) unused.push({ key: providerQueue(provider), amount: (granted.get(providerQueue(provider)) ?? 0) - takes })
      if (volume !== null && !held) unused.push({ key: `warm_up:${provider}`, amount: byVolume - takes })
      for (const message of group.slice(takes)) {
        if (byVolume <= takes && byVolume < group.length && byVolume <= byPace) wait(message, 'warm_up', `${provider} ${volume}`, new Date(this.#dayStart.getTime() + day), null)
        else if (held) wait(message, 'provider_held', `${provider} ${held.held_reason}`, null, providerQueue(provider))
        else wait(message, 'provider_limit', `${provider} ${per_minute ?? ''}`.trim(), null, providerQueue(provider))
      }
      if (takes < group.length && !this.lanes.knows(provider)) opened.push(provider)
    }
    if (opened.length > 0) {
      await openLanes(this.#app.db, opened, now)
      this.lanes.forget()
    }
    await giveBack(this.#app.db, unused)
    return passed
  }

  /** How much each campaign with a pace or in stages may send in this batch. */
  async #allow(campaigns: OpenCampaign[], batch: number): Promise<Map<number, Allowance[]>> {
    const now = this.#app.now()
    const paced = campaigns.filter(campaign => campaign.pace_per_hour !== null)
    const staged = campaigns.filter(campaign => campaign.stage_mails !== null)
    const paces = await takeBudgets(this.#app.db, paced.map(({ id, pace_per_hour }): Wanted => ({ key: campaignQueue(id), amount: batch, per_second: pace_per_hour! / 3600, burst: Math.max(1, pace_per_hour! / 3600 * 5), per_hour: null, per_day: null })), this.#dayStart, now)
    // The stages of a campaign are one long day that began when time did.
    const stages = await takeBudgets(this.#app.db, staged.map(({ id, stage_mails }): Wanted => ({ key: `stage:${id}`, amount: batch, per_second: null, burst: 0, per_hour: null, per_day: stage_mails })), new Date(0), now)
    return new Map(campaigns.flatMap(({ id }) => {
      const allowances = [[campaignQueue(id), paces.get(campaignQueue(id))], [`stage:${id}`, stages.get(`stage:${id}`)]] as const
      const own = allowances.flatMap(([key, granted]) => granted === undefined ? [] : [{ key, granted }])
      return own.length === 0 ? [] : [[id, own] as const]
    }))
  }

  async #check(): Promise<SendingRules> {
    if (this.#rules && Date.now() - this.#checkedAt < checkedFor) return this.#rules
    const now = this.#app.now()
    const rules = await readRules(this.#app.db)
    this.#warmUp = await warmUpToday(this.#app.db, rules, now)
    this.#companyZone = (await readCompany(this.#app.db)).time_zone
    this.#dayStart = await startOfDay(this.#app.db, now)
    this.#checkedAt = Date.now()
    this.#rules = rules
    return rules
  }
}

const isMarketing = (message: ClaimedMessage): boolean => message.kind === 'campaign' || (message.kind === 'journey' && message.template_kind === 'marketing')

/** A placement test may name the sender it goes by, and goes by no other. */
const chosenSender = (message: ClaimedMessage): number | null => message.kind === 'test' && typeof message.context['sender_id'] === 'number' ? message.context['sender_id'] : null

/** A placement test leaves the way its mail would to people. */
const streamOf = (message: ClaimedMessage): Stream => isMarketing(message) || (message.context['placement'] === true && message.template_kind === 'marketing') ? 'marketing' : 'transactional'

function part<T>(all: T[], fits: (each: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const each of all) (fits(each) ? yes : no).push(each)
  return [yes, no]
}

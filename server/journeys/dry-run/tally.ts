import type { DryRunResult } from '../../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../../shared/journeys.ts'
import type { Affected } from './effects.ts'

const mostExamples = 200

/** One person's way in a dry run. Moments in milliseconds. */
export type Traveller = Affected & {
  entered: number
  /** where they stand and since when; null: at the end */
  step: string | null
  at: number
  /** an event counts for the next wait when it came after this */
  since: number
  /** how often they took each go_to */
  loops: Map<string, number>
  goals: Set<string>
  /** the last mail of each mail step, to answer what asks for reactions */
  mails: Map<string, number>
  steps: number
}

type StepTally = {
  arrived: number, here: number, failed: number, outcomes: Map<string, number>, ways: Map<string, number>, days: Map<string, number>
  sent: number, skipped: Map<string, number>, crowded: Set<number>, isMail: boolean, estimated: boolean
}
type Mail = { at: number, step: string }

/** Counts while people are walked through: numbers and a few people behind each, never a row per person and step. */
export class Tally {
  readonly steps = new Map<string, StepTally>()
  readonly days = new Map<string, { entered: number, mails: number }>()
  /** the mails of each person */
  readonly mails = new Map<number, Mail[]>()
  readonly entrants = new Set<number>()
  readonly refused = new Set<number>()
  readonly goals = new Map<string, number>()
  /** a few of the people behind each number: of a step, of `step:what`, and (`''`) of the whole */
  readonly #people = new Map<string, Set<number>>()
  entered = 0
  here = 0
  done = 0
  left = 0
  failed = 0
  readonly #dayOf: (moment: number) => string

  constructor(graph: JourneyGraph, dayOf: (moment: number) => string) {
    this.#dayOf = dayOf
    for (const [key, step] of Object.entries(graph.steps)) {
      this.steps.set(key, { arrived: 0, here: 0, failed: 0, outcomes: new Map(), ways: new Map(), days: new Map(), sent: 0, skipped: new Map(), crowded: new Set(), isMail: step.kind === 'mail', estimated: false })
    }
  }

  #day(moment: number): { entered: number, mails: number } {
    const day = this.#dayOf(moment)
    let found = this.days.get(day)
    if (!found) this.days.set(day, found = { entered: 0, mails: 0 })
    return found
  }

  #show(behind: string, contactId: number): void {
    const people = this.#people.get(behind)
    if (people === undefined) this.#people.set(behind, new Set([contactId]))
    else if (people.size < mostExamples) people.add(contactId)
  }

  enter(traveller: Traveller): void {
    this.entered++
    this.entrants.add(traveller.contact_id)
    this.#show('', traveller.contact_id)
    this.#day(traveller.entered).entered++
  }

  arrive({ step, contact_id, at }: Traveller): void {
    const tally = step === null ? undefined : this.steps.get(step)
    if (!tally) return
    tally.arrived++
    add(tally.days, this.#dayOf(at))
    this.#show(step!, contact_id)
  }

  leave(step: string, outcome: string): void {
    add(this.steps.get(step)!.outcomes, outcome)
  }

  /** Which way out of a step somebody took. */
  take(step: string, outlet: string, { contact_id }: Traveller): void {
    add(this.steps.get(step)!.ways, outlet)
    this.#show(`${step}:${outlet}`, contact_id)
  }

  stay({ step, contact_id }: Traveller): void {
    this.here++
    this.steps.get(step!)!.here++
    this.#show(`${step}:here`, contact_id)
  }

  fail({ step, contact_id }: Traveller): void {
    this.failed++
    this.steps.get(step!)!.failed++
    this.#show(`${step}:failed`, contact_id)
  }

  mail(step: string, { contact_id, at }: Traveller, refusal: string | undefined): void {
    const tally = this.steps.get(step)!
    if (refusal !== undefined) {
      add(tally.skipped, refusal)
      this.refused.add(contact_id)
      this.#show(`${step}:skipped`, contact_id)
      return
    }
    tally.sent++
    this.#show(`${step}:sent`, contact_id)
    this.#day(at).mails++
    const moments = this.mails.get(contact_id)
    if (moments) moments.push({ at, step })
    else this.mails.set(contact_id, [{ at, step }])
  }

  /** Mails of somebody that are more than `most` in seven days, together with those really got (in the order of time). */
  crowd(contactId: number, reallyGot: number[], most: number): number {
    const own = this.mails.get(contactId)!
    const all = [...own.map(mail => mail.at), ...reallyGot].toSorted((one, other) => one - other)
    for (const mail of own) {
      if (all.filter(at => at <= mail.at && at > mail.at - sevenDays).length <= most) continue
      this.steps.get(mail.step)!.crowded.add(contactId)
      this.#show(`${mail.step}:crowded`, contactId)
    }
    return mostInAWeek(all)
  }

  reach(goal: string, { contact_id }: Traveller): void {
    add(this.goals, goal)
    this.#show(`:goal:${goal}`, contact_id)
  }

  /** What is known from the counts alone; the rest is filled in by the caller. */
  present(days: number): Pick<DryRunResult, 'entered' | 'people' | 'here' | 'done' | 'left' | 'failed' | 'goals' | 'steps' | 'by_day' | 'mails' | 'no_consent'> {
    const perPerson = new Map<number, number>()
    for (const moments of this.mails.values()) perPerson.set(moments.length, (perPerson.get(moments.length) ?? 0) + 1)
    const total = [...perPerson].reduce((sum, [mails, people]) => sum + mails * people, 0)
    return {
      entered: this.entered, people: this.entrants.size, here: this.here, done: this.done, left: this.left, failed: this.failed,
      goals: Object.fromEntries(this.goals),
      steps: Object.fromEntries([...this.steps].map(([key, step]) => [key, {
        arrived: step.arrived, here: step.here, failed: step.failed, outcomes: Object.fromEntries(step.outcomes), ways: Object.fromEntries(step.ways), by_day: Object.fromEntries([...step.days].sort(([one], [other]) => one < other ? -1 : 1)),
        mails: step.isMail ? { sent: step.sent, skipped: Object.fromEntries(step.skipped), crowded: step.crowded.size } : null, estimated: step.estimated,
      }])),
      by_day: [...this.days].map(([day, counts]) => ({ day, ...counts })).toSorted((one, other) => one.day < other.day ? -1 : 1),
      mails: {
        total, people: this.mails.size, most: Math.max(0, ...perPerson.keys()),
        per_person: [...perPerson].map(([mails, people]) => ({ mails, people })).toSorted((one, other) => one.mails - other.mails),
        per_day: Math.round(total / days * 10) / 10, busiest_day: Math.max(0, ...[...this.days.values()].map(day => day.mails)),
      },
      no_consent: this.refused.size,
    }
  }

  examples(): Record<string, number[]> {
    return Object.fromEntries([...this.#people].map(([behind, people]) => [behind, [...people]]))
  }
}

const sevenDays = 7 * 86_400_000
const add = (counts: Map<string, number>, key: string): void => { counts.set(key, (counts.get(key) ?? 0) + 1) }

/** The most of these moments (in order) that lie within any seven days. */
export function mostInAWeek(moments: number[]): number {
  let most = 0
  let from = 0
  for (let to = 0; to < moments.length; to++) {
    while (moments[to]! - moments[from]! >= sevenDays) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

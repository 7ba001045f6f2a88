import type { DryRunResult } from '../../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../../shared/journeys.ts'

const mostExamples = 200

/** One person's way in a dry run. Moments in milliseconds. */
export type Traveller = {
  contact_id: number
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

type StepTally = { arrived: number, here: number, outcomes: Map<string, number>, sent: number, skipped: Map<string, number>, isMail: boolean, estimated: boolean, people: Set<number> }

/** Counts while people are walked through: numbers and a few people behind each, never a row per person and step. */
export class Tally {
  readonly steps = new Map<string, StepTally>()
  readonly days = new Map<string, { entered: number, mails: number }>()
  /** moments of the mails of each person */
  readonly mails = new Map<number, number[]>()
  readonly entrants = new Set<number>()
  readonly refused = new Set<number>()
  readonly goals = new Map<string, number>()
  entered = 0
  here = 0
  done = 0
  left = 0
  readonly #dayOf: (moment: number) => string

  constructor(graph: JourneyGraph, dayOf: (moment: number) => string) {
    this.#dayOf = dayOf
    for (const [key, step] of Object.entries(graph.steps)) {
      this.steps.set(key, { arrived: 0, here: 0, outcomes: new Map(), sent: 0, skipped: new Map(), isMail: step.kind === 'mail', estimated: false, people: new Set() })
    }
  }

  #day(moment: number): { entered: number, mails: number } {
    const day = this.#dayOf(moment)
    let found = this.days.get(day)
    if (!found) this.days.set(day, found = { entered: 0, mails: 0 })
    return found
  }

  enter(traveller: Traveller): void {
    this.entered++
    this.entrants.add(traveller.contact_id)
    this.#day(traveller.entered).entered++
  }

  arrive({ step, contact_id }: Traveller): void {
    const tally = step === null ? undefined : this.steps.get(step)
    if (!tally) return
    tally.arrived++
    if (tally.people.size < mostExamples) tally.people.add(contact_id)
  }

  leave(step: string, outcome: string): void {
    const { outcomes } = this.steps.get(step)!
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }

  stay(step: string): void {
    this.here++
    this.steps.get(step)!.here++
  }

  mail(step: string, { contact_id, at }: Traveller, refusal: string | undefined): void {
    const tally = this.steps.get(step)!
    if (refusal !== undefined) {
      tally.skipped.set(refusal, (tally.skipped.get(refusal) ?? 0) + 1)
      this.refused.add(contact_id)
      return
    }
    tally.sent++
    this.#day(at).mails++
    const moments = this.mails.get(contact_id)
    if (moments) moments.push(at)
    else this.mails.set(contact_id, [at])
  }

  reach(goal: string): void {
    this.goals.set(goal, (this.goals.get(goal) ?? 0) + 1)
  }

  /** What is known from the counts alone; the rest is filled in by the caller. */
  present(days: number): Pick<DryRunResult, 'entered' | 'people' | 'here' | 'done' | 'left' | 'goals' | 'steps' | 'by_day' | 'mails' | 'no_consent'> {
    const perPerson = new Map<number, number>()
    for (const moments of this.mails.values()) perPerson.set(moments.length, (perPerson.get(moments.length) ?? 0) + 1)
    const total = [...perPerson].reduce((sum, [mails, people]) => sum + mails * people, 0)
    return {
      entered: this.entered, people: this.entrants.size, here: this.here, done: this.done, left: this.left,
      goals: Object.fromEntries(this.goals),
      steps: Object.fromEntries([...this.steps].map(([key, step]) => [key, {
        arrived: step.arrived, here: step.here, outcomes: Object.fromEntries(step.outcomes),
        mails: step.isMail ? { sent: step.sent, skipped: Object.fromEntries(step.skipped) } : null, estimated: step.estimated,
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
    return {
      '': [...this.entrants].slice(0, mostExamples),
      ...Object.fromEntries([...this.steps].map(([key, step]) => [key, [...step.people]])),
    }
  }
}

/** The most of these moments (in order) that lie within any seven days. */
export function mostInAWeek(moments: number[]): number {
  let most = 0
  let from = 0
  for (let to = 0; to < moments.length; to++) {
    while (moments[to]! - moments[from]! >= 7 * 86_400_000) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

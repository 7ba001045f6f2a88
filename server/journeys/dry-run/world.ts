import type { Db } from '../../base/db.ts'
import type { CompiledCondition, ConditionContext } from '../../conditions/compile-condition.ts'
import type { Condition } from '../../../shared/conditions.ts'
import type { JourneyGraph } from '../../../shared/journeys.ts'
import type { Person } from '../../leads/choose-person.ts'
import type { ReactionRates } from './ask.sql.ts'

/** All that a dry run knows while it goes on. */
export type World = {
  db: Db
  journeyId: number
  graph: JourneyGraph
  context: Omit<ConditionContext, 'now'> & { timeZone: string }
  /** what happened after this is not known */
  until: number
  /** one of so many entries is played */
  oneOf: number
  marketing: Set<number>
  /** live segments the conditions speak of, and those they are built on */
  segments: Map<number, { condition: Condition, dependsOn: CompiledCondition['dependsOn'] }>
  /** what is left of each list of coupon codes */
  codesLeft: Map<number, number>
  /** who got the last contact, by step */
  turns: Map<string, number>
  /** who can sign in, with what each has to do; read when first asked for */
  staff?: Map<number, Person>
  rates: (step: string) => ReactionRates | null
  /** says how far it is; throws when it is to end */
  checkIn: (gone: number) => Promise<void>
}

/** Where somebody goes from a step and when; `fail`: the step could not be done. */
export type Move =
  | { go: string, outcome: string, at: number, since?: number }
  | { end: true }
  | { fail: string }

export const manyAtOnce = 2000

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition, ConditionLeaf, RelatedKind } from '../../shared/conditions.ts'
import type { AnniversaryWindow } from './anniversaries.sql.ts'
import { compileCouponLeaf } from './coupon-leaf.sql.ts'
import type { EventFacts } from './event-facts.sql.ts'
import { compileEventLeaf } from './event-leaf.sql.ts'
import { compileFieldLeaf } from './field-leaf.sql.ts'
import { compileJourneyLeaf } from './journey-leaf.sql.ts'
import { compileConsentLeaf, compileMailLeaf, compileSegmentLeaf, compileTagLeaf } from './other-leaves.sql.ts'
import { compileRelatedLeaf } from './related-leaf.sql.ts'
import { compileSentMailLeaf } from './sent-mail-leaf.sql.ts'
import { compileTopicReactionLeaf } from './topic-reaction-leaf.sql.ts'

/**
 * What a condition means, settled once for segments, journeys and filters:
 *
 *  - Two-valued: a leaf is true or false, never unknown, so `not` is always the complement. A positive comparison
 *    with an unknown value is false; `is_not`, `does_not_contain`, `not_in_last` are the complements of their
 *    positive twins and therefore true for an unknown value.
 *  - Text is compared without regard to case. Money is given in major units of the company's currency.
 *  - A length of time is an exact number of milliseconds (a month is 30 days). `in_last N` is value > now − N;
 *    `more_than_ago N` is value ≤ now − N; an event window `last N` counts occurred_at > now − N.
 *  - `within N after a field` counts from ≤ occurred_at < from + N; a contact without that date has no such events.
 *  - A custom date is a calendar day: it begins at midnight in the company's time zone. Absolute dates given
 *    without a time are days too: `before` ends before the day, `after` begins after it, `between` includes both.
 *  - `order.placed` is counted by order number, so a corrected order counts once.
 *  - Acts of machines do not count unless `include_machines` is set.
 *  - An anniversary falls on the day and month of a date on the calendar of the contact's own zone (else the company's),
 *    whatever the year; that of 29 February on the 28th where there is no 29th. Both ends of a window and today belong to it.
 *  - `not_followed_by … within N` counts what is N ago or older and had nothing in [itself, itself + N).
 *  - Different days are those of the company's calendar. A sum of nothing is 0; other measures of nothing are unknown.
 */
export type ConditionContext = {
  /** the moment the condition is asked for */
  now: Date
  /** of the company: money in conditions is in its major units */
  currency: string
  /** of the company (IANA); days begin at its midnight */
  timeZone?: string
  customFields: readonly CustomField[]
  /** fields of the card whoever asks may not see: to them there are none */
  hiddenFields?: readonly string[]
  /** of the company: after so many days an act is worth half in the engagement score */
  engagementHalfLifeDays?: number
  /** zones in use on cards that both Node and PostgreSQL know; a card with another one lives by the company's */
  timeZones?: readonly string[]
}
export type CustomField = { key: string, kind: string, label?: string, archived?: boolean }

export type CompileOptions = ConditionContext & {
  /** alias of `contacts` in the query around, default `c` */
  alias?: string
  /** alias of the left-joined `contact_rollups`, default `r` */
  rollupAlias?: string
  /** alias of `enrolments`, where a journey asks */
  enrolmentAlias?: string
  /** alias of `leads`, where rules about leads ask: a leaf about leads is about this one then */
  leadAlias?: string
  /**
   * The query around asks about these contacts only: says so of a contact id. With it events are looked through once
   * for all of them instead of once for each, and never those of others.
   */
  among?: (contactId: RawBuilder<unknown>) => RawBuilder<boolean>
  /** Leaves over events are asked here, and the query around brings the answers; the rest is asked as `among` says. */
  facts?: EventFacts
}

/** The moment a leaf can change by itself: `offset` milliseconds after a time that clock-edges.sql.ts finds by an index. */
export type ClockEdge =
  | { kind: 'field', field: string, offset: number }
  | { kind: 'event', event: string, offset: number }
  | { kind: 'record', record: RelatedKind, field: string, offset: number }
  /** since when a tag is there, a consent is as it is, a segment or journey was entered … */
  | { kind: 'tag', tag: number, offset: number }
  | { kind: 'consent', topic: number | null, offset: number }
  | { kind: 'segment', segment: number, offset: number }
  | { kind: 'journey', journey: number, date: JourneyDate, step?: string | undefined, offset: number }
  /** a coupon runs out */
  | { kind: 'coupon', pool: number | null }
  /** days begin for the contact: without `record` the date is one of the card */
  | { kind: 'anniversary', field: string, record?: RelatedKind | undefined, window: AnniversaryWindow }
export type JourneyDate = 'entered_at' | 'arrived_at' | 'ended_at'

export type CompiledCondition = {
  /** over `contacts` and left-joined `contact_rollups`; true or false, never null */
  predicate: RawBuilder<boolean>
  /** `field:city`, `event:order.placed`, `tag`, `consent`, `segment:12`, `lead`, `deal`, `coupon`, `journey:4` */
  dependsOn: string[]
  clockEdges: ClockEdge[]
}

export type CompiledLeaf = CompiledCondition & {
  /** jsonb: what is the case now, for an explanation */
  actual: RawBuilder<unknown>
}

export function compileCondition(condition: Condition, options: CompileOptions): CompiledCondition {
  if ('all' in condition) return together(condition.all.map(part => compileCondition(part, options)), sql` and `, sql<boolean>`true`)
  if ('any' in condition) return together(condition.any.map(part => compileCondition(part, options)), sql` or `, sql<boolean>`false`)
  if ('not' in condition) {
    const part = compileCondition(condition.not, options)
    return { ...part, predicate: sql<boolean>`(not ${part.predicate})` }
  }
  return compileLeaf(condition, options)
}

export function compileLeaf(leaf: ConditionLeaf, options: CompileOptions): CompiledLeaf {
  if ('field' in leaf) return compileFieldLeaf(leaf, options)
  if ('event' in leaf) return compileEventLeaf(leaf, options)
  if ('consent' in leaf) return compileConsentLeaf(leaf, options)
  if ('tag' in leaf) return compileTagLeaf(leaf, options)
  if ('segment' in leaf) return compileSegmentLeaf(leaf, options)
  if ('topic_reaction' in leaf) return compileTopicReactionLeaf(leaf, options)
  if ('mail_step' in leaf) return compileMailLeaf(leaf, options)
  if ('related' in leaf) return compileRelatedLeaf(leaf, options)
  if ('mail' in leaf) return compileSentMailLeaf(leaf, options)
  if ('coupon' in leaf) return compileCouponLeaf(leaf, options)
  if ('journey' in leaf) return compileJourneyLeaf(leaf, options)
  // Only somebody at the database can store such a thing: the segment is set aside with this reason.
  throw new Error('this is not a condition')
}

function together(parts: CompiledCondition[], operator: RawBuilder<unknown>, whenEmpty: RawBuilder<boolean>): CompiledCondition {
  const edges = new Map(parts.flatMap(part => part.clockEdges).map(edge => [JSON.stringify(edge), edge]))
  return {
    predicate: parts.length === 0 ? whenEmpty : sql<boolean>`(${sql.join(parts.map(part => part.predicate), operator)})`,
    dependsOn: [...new Set(parts.flatMap(part => part.dependsOn))].sort(),
    clockEdges: [...edges.values()],
  }
}

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { CountTest, MeasureTest } from '../../shared/conditions.ts'
import { numberPredicate } from './field-leaf.sql.ts'

/** Rows that belong to contacts, of which some are counted or measured. */
export type CountedRows = {
  /** the contact of the query around */
  contactId: RawBuilder<unknown>
  /** `from … where …`: the rows of that contact */
  own: RawBuilder<unknown>
  /** `from … where …`: the rows of all contacts asked about; left out where each has to be looked at by itself */
  together?: RawBuilder<unknown> | undefined
  /** whose a row is */
  rowContactId: RawBuilder<unknown>
  /** an aggregate; left out: every row counts as one */
  counted?: RawBuilder<unknown> | undefined
}

/**
 * Whether as many rows as asked for are there. With `together` they are looked through once for all contacts instead of
 * once for each. No count: at least one.
 */
export function countPredicate(count: CountTest | undefined, found: CountedRows): RawBuilder<boolean> {
  const test = count ?? { at_least: 1 }
  if ('at_least' in test && test.at_least === 1) return isAny(found)
  if (('exactly' in test && test.exactly === 0) || ('at_most' in test && test.at_most === 0)) return sql`(not ${isAny(found)})`
  return found.together === undefined ? ownCount(test, found) : togetherCount(test, found, found.together)
}

function isAny({ contactId, own, together, rowContactId }: CountedRows): RawBuilder<boolean> {
  return together === undefined ? sql`exists (select ${own})` : sql`(${contactId} in (select ${rowContactId} ${together}))`
}

function ownCount(test: CountTest, { own, counted }: CountedRows): RawBuilder<boolean> {
  // Plain counting stops one past what is asked for.
  const upTo = (enough: number) => counted === undefined
    ? sql`(select count(*) from (select ${own} limit ${enough}::bigint) as enough)`
    : sql`(select ${counted} ${own})`
  if ('at_least' in test) return sql`(${upTo(test.at_least)} >= ${test.at_least}::bigint)`
  if ('at_most' in test) return sql`(${upTo(test.at_most + 1)} <= ${test.at_most}::bigint)`
  return sql`(${upTo(test.exactly + 1)} = ${test.exactly}::bigint)`
}

function togetherCount(test: CountTest, { contactId, rowContactId, counted }: CountedRows, together: RawBuilder<unknown>): RawBuilder<boolean> {
  const having = (comparison: RawBuilder<unknown>) => sql`select ${rowContactId} ${together} group by ${rowContactId} having ${counted ?? sql`count(*)`} ${comparison}`
  if ('at_least' in test) return sql`(${contactId} in (${having(sql`>= ${test.at_least}::bigint`)}))`
  if ('at_most' in test) return sql`(${contactId} not in (${having(sql`> ${test.at_most}::bigint`)}))`
  return sql`(${contactId} in (${having(sql`= ${test.exactly}::bigint`)}))`
}

/** Whether as many rows of a group as asked for pass `filter (where …)`: an aggregate. */
export function countedPredicate(count: CountTest | undefined, counted: RawBuilder<unknown> | undefined, filter: RawBuilder<unknown>): RawBuilder<boolean> {
  const found = sql`${counted ?? sql`count(*)`} ${filter}`
  const test = count ?? { at_least: 1 }
  if ('at_least' in test) return sql`${found} >= ${test.at_least}::bigint`
  if ('at_most' in test) return sql`${found} <= ${test.at_most}::bigint`
  return sql`${found} = ${test.exactly}::bigint`
}

/** Whether no rows at all are as many as asked for. */
export function isMetByNothing(count: CountTest | undefined): boolean {
  const test = count ?? { at_least: 1 }
  return 'at_least' in test ? test.at_least <= 0 : 'at_most' in test || test.exactly === 0
}

/** The same of what is measured: `value` of those rows of a group that pass the filter. */
export function measuredPredicate(measure: MeasureTest, value: RawBuilder<number | null>, filter: RawBuilder<unknown>): RawBuilder<boolean> {
  return numberPredicate(aggregatesOf(value, filter)[measure.of], measure.operator, measure.value, bound => bound)
}

/** Queries that give `contact_id, value`, of one contact and of all asked about. */
export type MeasuredRows = { contactId: RawBuilder<unknown>, own: RawBuilder<unknown>, together?: RawBuilder<unknown> | undefined }

const aggregatesOf = (value: RawBuilder<unknown>, filter: RawBuilder<unknown>) => ({
  sum: sql<number>`coalesce(sum(${value}) ${filter}, 0)`, average: sql<number>`avg(${value}) ${filter}`, smallest: sql<number>`min(${value}) ${filter}`, largest: sql<number>`max(${value}) ${filter}`,
})
const aggregates = aggregatesOf(sql.ref('value'), sql``)

/** A sum, mean, smallest or largest against a bound. Nothing to measure: false, but a sum of nothing is 0. */
export function measurePredicate(measure: MeasureTest, { contactId, own, together }: MeasuredRows): RawBuilder<boolean> {
  const holds = numberPredicate(aggregates[measure.of], measure.operator, measure.value, value => value)
  if (together === undefined) return sql`(select ${holds} from (${own}) as measured)`
  // Whoever has no rows at all is not among the groups: those in question are named by who does not fit.
  if (measure.of === 'sum' && zeroFits(measure)) return sql`(${contactId} not in (select contact_id from (${together}) as measured group by contact_id having not ${holds}))`
  return sql`(${contactId} in (select contact_id from (${together}) as measured group by contact_id having ${holds}))`
}

export const measuredValue = (measure: MeasureTest, rows: RawBuilder<unknown>): RawBuilder<unknown> => sql`(select ${aggregates[measure.of]} from (${rows}) as measured)`

/** Whether a sum of nothing, which is 0, fits. */
export function zeroFits({ operator, value }: MeasureTest): boolean {
  const [first, last] = (Array.isArray(value) ? value : [value, value]) as [number, number]
  switch (operator) {
    case 'at_least': return first <= 0
    case 'at_most': return first >= 0
    case 'more_than': return first < 0
    case 'less_than': return first > 0
    case 'between': return first <= 0 && last >= 0
  }
}

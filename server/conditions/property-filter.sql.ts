import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { PropertyFilter } from '../../shared/conditions.ts'
import { numberPredicate, textPredicate, texts } from './field-leaf.sql.ts'

const opposite: Partial<Record<PropertyFilter['operator'], PropertyFilter['operator']>> = { is_not: 'is', unknown: 'known' }

/** Of `events e`. A negative operator is the complement of its positive twin; `items.<key>` asks whether any line of the order fits. */
export function propertyPredicate(filter: PropertyFilter): RawBuilder<boolean> {
  const positive = opposite[filter.operator]
  if (positive !== undefined) return sql`(not ${propertyPredicate({ ...filter, operator: positive })})`
  if (filter.property === 'campaign_id' || filter.property === 'journey_id' || filter.property === 'message_id') {
    return valuePredicate(sql`to_jsonb(${sql.ref(`e.${filter.property}`)})`, filter)
  }
  if (!filter.property.startsWith('items.')) return valuePredicate(sql`(e.properties -> ${filter.property}::text)`, filter)
  return itemPredicate([{ ...filter, property: filter.property.slice('items.'.length) }])
}

/** Whether one and the same line of the order of `events e` fits all the filters. */
export function itemPredicate(filters: readonly PropertyFilter[]): RawBuilder<boolean> {
  return sql`exists (select from ${linesOf(sql`e.properties`)} where ${lineFilters(filters)})`
}

/** The lines of an order as rows `line`. */
export const linesOf = (properties: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`jsonb_array_elements(case when jsonb_typeof(${properties} -> 'items') = 'array' then ${properties} -> 'items' else '[]' end) as line`

export function lineFilters(filters: readonly PropertyFilter[]): RawBuilder<boolean> {
  const each = filters.map(filter => {
    const positive = opposite[filter.operator]
    const value = valuePredicate(sql`(line -> ${filter.property}::text)`, { ...filter, operator: positive ?? filter.operator })
    return positive === undefined ? value : sql<boolean>`(not ${value})`
  })
  return each.length === 0 ? sql`true` : sql`${sql.join(each, sql` and `)}`
}

function valuePredicate(json: RawBuilder<unknown>, filter: PropertyFilter): RawBuilder<boolean> {
  const text = sql<string | null>`(${json} #>> '{}')`
  const { operator, value } = filter
  switch (operator) {
    case 'known': return sql`coalesce(${json} not in ('null'::jsonb, '""'::jsonb, '[]'::jsonb), false)`
    case 'is':
      return typeof value === 'number' ? numberPredicate(numberIn(json), 'is', value, one => one) : textPredicate(text, 'is', value)
    case 'one_of': return textPredicate(text, 'one_of', texts(value))
    case 'contains':
      return sql`(case when jsonb_typeof(${json}) = 'array'
        then exists (select from jsonb_array_elements_text(${json}) as element where lower(element) = lower(${String(value)}::text))
        else ${textPredicate(text, 'contains', value)} end)`
    default: return numberPredicate(numberIn(json), operator, value, one => one)
  }
}

/** Numbers come as JSON numbers, or as text from senders that do not care. */
export function numberIn(json: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql`(case jsonb_typeof(${json})
    when 'number' then (${json})::numeric
    when 'string' then case when (${json} #>> '{}') ~ '^-?[0-9]{1,15}(\\.[0-9]{1,10})?$' then (${json} #>> '{}')::numeric end
  end)`
}

import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { FieldRuleBody } from '../../shared/data-map.ts'

type Rule = Pick<FieldRuleBody, 'property' | 'value_map'>

/** What a rule reads of an event: undefined when it is not there; `passed_over` when the map of values says to leave it. Pure. */
export function ruleValue(rule: Rule, properties: Record<string, unknown>): { given: FieldValue, value: FieldValue } | 'passed_over' | undefined {
  const found = (follow(properties, rule.property.split('.')).flat(5) as unknown[]).filter(value => typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.trim() !== '')) as (string | number | boolean)[]
  if (found.length === 0) return undefined
  const mapped = found.map(value => mapValue(rule.value_map, value)).filter(value => value !== '')
  if (mapped.length === 0) return 'passed_over'
  const plain = (values: (string | number | boolean)[]): FieldValue => values.length === 1 ? values[0]! : [...new Set(values.map(String))].slice(0, 200)
  return { given: plain(found), value: plain(mapped) }
}

/** Every value at the end of the way: lists are gone through one by one. */
function follow(value: unknown, way: string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap(each => follow(each, way))
  const [name, ...rest] = way
  if (name === undefined) return [value]
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? follow((value as Record<string, unknown>)[name], rest) : []
}

function mapValue(map: Rule['value_map'], value: string | number | boolean): string | number | boolean {
  const wanted = String(value).trim().toLowerCase()
  return map.find(pair => pair.from.toLowerCase() === wanted)?.to ?? value
}

/** The value as an input of the card. A field that holds one text takes the first of several. */
export function inputOf(field: string, value: FieldValue, kind: string | undefined): ContactInput {
  const one = Array.isArray(value) && kind !== 'multi_choice' ? value[0] ?? null : value
  if (field.startsWith('fields.')) return { fields: { [field.slice('fields.'.length)]: one } }
  return { [field]: one === null ? null : String(one) }
}

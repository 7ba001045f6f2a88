import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { readCardValues } from './card-values.sql.ts'
import type { CardValue } from './card-values.sql.ts'
import type { AdvanceStep } from './step.ts'

/** The first way that names the value of the card, text without regard to case; of a choice of several any one of them. A field that is gone reads as unknown. */
export const splitByValue: AdvanceStep<'split_by_value'> = async (people, { db, now }) => {
  const context = { ...await loadConditionContext(db), now }
  const values = new Map<string, Map<number, CardValue>>()
  for (const [field, group] of Map.groupBy(people, ({ step }) => step.field)) {
    values.set(field, await readCardValues(db, field, group.map(({ walker }) => walker.contact_id), context))
  }
  return people.map(({ walker, step }) => {
    const value = values.get(step.field)!.get(walker.contact_id) ?? null
    const chosen = step.cases.find(one => one.values.some(wanted => isSame(value, wanted)))
    const reason = value === null ? '' : `value:${String(value).slice(0, 100)}`
    return chosen
      ? { kind: 'go', outlet: `way:${chosen.key}`, outcome: `way:${chosen.key}`, reason }
      : { kind: 'go', outlet: 'next_else', outcome: 'else', reason }
  })
}

function isSame(value: CardValue, wanted: string | number | boolean): boolean {
  if (value === null) return false
  if (Array.isArray(value)) return value.some(one => isSame(one, wanted))
  return typeof value === 'string' ? value.toLowerCase() === String(wanted).toLowerCase() : value === wanted
}

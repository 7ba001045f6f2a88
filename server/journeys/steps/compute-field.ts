import type { FieldValue } from '../../../shared/contacts.ts'
import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { dayOf } from '../../conditions/moments.ts'
import { readCardValues } from './card-values.sql.ts'
import type { CardValue } from './card-values.sql.ts'
import { writeCards } from './write-cards.ts'
import type { AdvanceStep, At } from './step.ts'

/** Reads what it starts from under the lock of the contact, so that two journeys that add to one field both count. */
export const computeField: AdvanceStep<'compute_field'> = async (people, context) => {
  const conditions = { ...await loadConditionContext(context.db), now: context.now }
  const before = new Map<string, Map<number, CardValue>>()
  for (const [field, group] of Map.groupBy(people.filter(({ step }) => startsFrom(step) !== undefined), ({ step }) => startsFrom(step)!)) {
    before.set(field, await readCardValues(context.db, field, group.map(({ walker }) => walker.contact_id), conditions))
  }
  const today = dayOf(context.now, conditions.timeZone ?? 'UTC')
  // Somebody who stands at two such steps at once is written one after the other, each from what the one before left.
  const written = new Map<string, CardValue>()
  return await writeCards(people, context, ({ walker, step }) => {
    const from = startsFrom(step)
    const place = `${walker.contact_id}:${from}`
    const known = from === undefined ? null : written.has(place) ? written.get(place)! : before.get(from)!.get(walker.contact_id) ?? null
    const value = compute(step, known, today)
    written.set(`${walker.contact_id}:${step.field}`, value)
    return value
  })
}

type Step = At<'compute_field'>['step']

/** The field the new value is made from, where there is one. */
export const startsFrom = (step: Pick<Step, 'operation' | 'field' | 'from_field'>): string | undefined => step.operation === 'today' ? undefined : step.operation === 'copy' ? step.from_field ?? step.field : step.field

/** The new value. An unknown number counts as 0; sums are rounded to ten digits after the point, so that 0.1 and 0.2 make 0.3. */
export function compute(step: Pick<Step, 'operation' | 'amount'>, known: FieldValue, today: string): FieldValue {
  const number = typeof known === 'number' ? known : 0
  const amount = step.amount ?? 0
  switch (step.operation) {
    case 'add': return rounded(number + amount)
    case 'subtract': return rounded(number - amount)
    case 'multiply': return rounded(number * amount)
    case 'today': return new Date(Date.parse(`${today}T00:00:00Z`) + amount * 86_400_000).toISOString().slice(0, 10)
    case 'copy': return known
  }
}

const rounded = (value: number): number => Number(value.toFixed(10))

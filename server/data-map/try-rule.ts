import type { FieldValue } from '../../shared/contacts.ts'
import type { FieldRuleBody, RuleTrial } from '../../shared/data-map.ts'
import type { Db } from '../base/db.ts'
import { checkInput } from '../contacts/check-input.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { kindOfTarget } from './check-rule.ts'
import { latestWith, newestOnly } from './field-rules.sql.ts'
import { valuesNow } from './fillers.sql.ts'
import { inputOf, ruleValue } from './rule-value.ts'

const lookedAt = 1000
const shown = 4
const days = 90
const order: RuleTrial['examples'][number]['outcome'][] = ['refused', 'filled', 'kept', 'passed_over', 'unchanged']

/** What a rule would have done with the latest events. Writes nothing. */
export async function tryRule(db: Db, rule: FieldRuleBody, now: Date): Promise<RuleTrial> {
  const kind = await kindOfTarget(db, rule)
  const events = await latestWith(db, rule.event_type, rule.property, new Date(now.getTime() - days * 86_400_000), lookedAt)
  const context = await loadInputContext(db)
  const cards = await valuesNow(db, events.map(event => event.contact_id), rule.field)
  const newest = rule.update_rule === 'newest' ? await newestOnly(db, events.map(event => ({ ...event, event_type: rule.event_type, property: rule.property, field: rule.field }))) : null

  const examples = events.flatMap((event, place): RuleTrial['examples'] => {
    const found = ruleValue(rule, event.properties)
    const card = cards.get(event.contact_id)
    if (found === undefined || card === undefined) return []
    const before = (card.value ?? null) as FieldValue
    const one = { contact_id: event.contact_id, name: card.name, occurred_at: event.occurred_at.toISOString(), before, message: null }
    if (found === 'passed_over') return [{ ...one, given: '', after: before, outcome: 'passed_over' }]
    const given = (Array.isArray(found.given) ? found.given.join(', ') : String(found.given)).slice(0, 200)
    const checked = checkInput(inputOf(rule.field, found.value, kind), context)
    if ('errors' in checked) return [{ ...one, given, after: before, outcome: 'refused', message: checked.errors[0]!.message }]
    const after = rule.field.startsWith('fields.') ? checked.fields[rule.field.slice('fields.'.length)] ?? null : checked.values[rule.field as keyof typeof checked.values] ?? null
    if (JSON.stringify(after) === JSON.stringify(before)) return [{ ...one, given, after, outcome: 'unchanged' }]
    const kept = (rule.update_rule === 'only_empty' && before !== null) || (newest !== null && !newest.has(place))
    return [{ ...one, given, after: kept ? before : after, outcome: kept ? 'kept' : 'filled' }]
  })
  const count = (outcome: string): number => examples.filter(example => example.outcome === outcome).length
  return {
    events: examples.length, filled: count('filled'), unchanged: count('unchanged'), kept: count('kept'), refused: count('refused'), passed_over: count('passed_over'),
    // What is wrong is worth seeing first.
    examples: order.flatMap(outcome => examples.filter(example => example.outcome === outcome).slice(0, shown)),
  }
}

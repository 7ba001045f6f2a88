import type { Db } from '../base/db.ts'
import { fieldsInUse } from '../data-map/check-rule.ts'
import { activeRules, newestOnly } from '../data-map/field-rules.sql.ts'
import { inputOf, ruleValue } from '../data-map/rule-value.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { EventRow } from '../events/insert-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import type { Change } from './apply-changes.ts'
import { saveCards } from './save-contacts.ts'

/**
 * Fields of cards filled by the rules of the data map. Events that are inserted in, changes out. What a field cannot
 * take is told on the timeline (`field.refused`) and hinders nothing else. Machines fill no cards.
 */
export async function fillFields(tx: Db, events: ProcessedEvent[], now: Date): Promise<Change[]> {
  const rules = await activeRules(tx, [...new Set(events.map(event => event.type))])
  if (rules.length === 0) return []
  const kinds = new Map((await fieldsInUse(tx)).map(field => [`fields.${field.key}`, field.kind]))
  // The latest speaks last.
  const inTime = events.filter(event => !event.is_machine).sort((one, other) => one.occurred_at.getTime() - other.occurred_at.getTime())
  const changes: Change[] = []
  for (const rule of rules) {
    // Archived since.
    if (rule.field.startsWith('fields.') && !kinds.has(rule.field)) continue
    const given = inTime.flatMap(event => {
      const found = event.type === rule.event_type ? ruleValue(rule, event.properties) : undefined
      return found === undefined || found === 'passed_over' ? [] : [{ ...event, event_type: rule.event_type, property: rule.property, field: rule.field, found }]
    })
    const newest = rule.update_rule === 'newest' ? await newestOnly(tx, given) : null
    const wanted = given.filter((_, place) => newest?.has(place) ?? true)
    if (wanted.length === 0) continue
    const by = `rule:${rule.id}`
    const saved = await saveCards(tx, wanted.map(event => ({ id: event.contact_id, ...inputOf(rule.field, event.found.value, kinds.get(rule.field)) })), { now, by, mode: rule.update_rule === 'only_empty' ? 'only_empty' : 'overwrite' })
    const refused = wanted.flatMap((event, index): EventRow[] => {
      const outcome = saved.outcomes[index]!
      if (!('error' in outcome)) return []
      const value = String(event.found.given).slice(0, 200)
      return [{
        contact_id: event.contact_id, type: 'field.refused', occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null,
        properties: { rule_id: rule.id, event: event.type, property: rule.property, field: rule.field, value, message: outcome.error.message },
      }]
    })
    await insertEvents(tx, refused, now)
    changes.push(...saved.changes)
  }
  return changes
}

import type { FieldRuleBody } from '../../shared/data-map.ts'
import type { Db } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { cardColumns } from '../contacts/check-input.ts'
import { listCustomFields, type StoredField } from '../contacts/custom-fields.sql.ts'

/** A manager is given by routing, not by what an event says. */
export const fillableColumns = cardColumns.filter(column => column !== 'owner_id')

/** Custom fields of contacts that are in use. */
export const fieldsInUse = async (db: Db): Promise<StoredField[]> => (await listCustomFields(db)).filter(field => field.of === 'contact' && field.archived_at === null)

/** The kind of the custom field a rule fills; undefined of a field every card has. Throws naming the field when a rule cannot fill it. */
export async function kindOfTarget(db: Db, rule: Pick<FieldRuleBody, 'field'>): Promise<StoredField['kind'] | undefined> {
  if (fillableColumns.some(column => column === rule.field)) return undefined
  const field = (await fieldsInUse(db)).find(each => `fields.${each.key}` === rule.field)
  if (field === undefined) throw invalid([{ field: 'field', message: 'there is no such field of the card' }])
  if (field.formula !== null) throw invalid([{ field: 'field', message: 'this field is computed: a rule cannot fill it' }])
  return field.kind
}

import type { FieldOf, FieldValue } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { readCompany } from '../company/company.sql.ts'
import { checkFieldValue } from '../contacts/check-field-value.ts'
import { holdersOf, holdFieldValue, listCustomFields } from '../contacts/custom-fields.sql.ts'
import type { StoredField } from '../contacts/custom-fields.sql.ts'
import { staffByEmail } from '../deals/save-deals.sql.ts'

type Fields = Record<string, FieldValue>
type Of = Exclude<FieldOf, 'contact'>
export type FieldContext = { phoneCountry: string, fields: ReadonlyMap<string, StoredField>, staff: ReadonlySet<number> }

export async function loadFieldContext(tx: Db, of: Of): Promise<FieldContext> {
  const [{ phone_country }, fields, staff] = await Promise.all([readCompany(tx), listCustomFields(tx, of), staffByEmail(tx)])
  return { phoneCountry: phone_country, fields: new Map(fields.filter(field => field.archived_at === null).map(field => [field.key, field])), staff: new Set(staff.values()) }
}

/**
 * The custom fields of a company or a deal as they shall be, and what does not fit: there they stay as they were.
 * `demands`: whoever adds one by hand fills in what is required; `id`: whose unique values these may be. Values that are
 * unique are held until the transaction is over.
 */
export async function checkCustomFields(tx: Db, of: Of, before: Fields, given: Fields, { phoneCountry, fields: definitions, staff }: FieldContext, { demands, id }: { demands: boolean, id: number | null }): Promise<{ fields: Fields, errors: FieldError[] }> {
  const errors: FieldError[] = []
  const after = { ...before }
  const wanted = { ...given }
  if (demands) for (const [key, field] of definitions) if (field.required && field.formula === null) wanted[key] ??= null
  for (const [key, value] of Object.entries(wanted)) {
    const field = definitions.get(key)
    const checked = field === undefined ? { message: 'there is no such custom field' } : checkFieldValue(field, value, phoneCountry)
    const fault = 'message' in checked ? checked.message : await misfit(tx, of, field!, checked.value, staff, id)
    if (fault !== undefined) errors.push({ field: `fields.${key}`, message: fault })
    else if ('value' in checked && checked.value !== null) after[key] = checked.value
    else delete after[key]
  }
  return { fields: after, errors }
}

async function misfit(tx: Db, of: Of, field: StoredField, value: FieldValue, staff: ReadonlySet<number>, id: number | null): Promise<string | undefined> {
  if (field.kind === 'user' && typeof value === 'number' && !staff.has(value)) return 'there is no such member of staff'
  if (!field.is_unique || value === null) return undefined
  await holdFieldValue(tx, of, field.key, String(value))
  const holder = (await holdersOf(tx, of, field.key, [String(value)])).get(String(value))
  if (holder === undefined || holder === id) return undefined
  return of === 'company' ? `another company (${holder}) has this value` : `another deal (${holder}) has this value`
}

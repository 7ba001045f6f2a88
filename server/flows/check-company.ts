import type { CompanyInput } from '../../shared/companies.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import type { CompanyValues } from '../companies/write-companies.sql.ts'
import { normaliseName, normalisePhone } from '../contacts/normalise.ts'
import { checkCustomFields, loadFieldContext } from './check-custom-fields.ts'
import type { FieldContext } from './check-custom-fields.ts'

export type GivenCompany = Partial<Omit<CompanyInput, 'revision'>>
export type CompanyContext = FieldContext
export const noCompany: CompanyValues = { name: '', domain: null, phone: null, address: null, owner_id: null, fields: {} }

export const loadCompanyContext = (tx: Db): Promise<CompanyContext> => loadFieldContext(tx, 'company')

/** The company as it shall stand, and what does not fit: there it stays as it was. `demands`: whoever adds one by hand fills in what is required; `id`: whose unique values these may be. */
export async function checkCompany(tx: Db, before: CompanyValues, given: GivenCompany, context: CompanyContext, { demands, id }: { demands: boolean, id: number | null }): Promise<{ values: CompanyValues, errors: FieldError[] }> {
  const { phoneCountry, staff } = context
  const errors: FieldError[] = []
  const fault = (field: string, message: string): void => { errors.push({ field, message }) }
  const words = (value: string | null | undefined, old: string | null): string | null => value === undefined ? old : value === null ? null : normaliseName(value) || null
  const values: CompanyValues = {
    name: words(given.name, before.name) ?? '',
    domain: before.domain, phone: before.phone,
    address: given.address === undefined ? before.address : given.address?.trim() || null,
    owner_id: before.owner_id,
    fields: { ...before.fields },
  }
  if (values.name === '') fault('name', 'give the company a name')
  if (given.domain !== undefined && given.domain !== before.domain) {
    const domain = domainOf(given.domain)
    if (domain === undefined) fault('domain', 'is not a domain such as example.com')
    else values.domain = domain
  }
  const phone = words(given.phone, before.phone)
  if (phone !== before.phone) {
    const normalised = phone === null ? null : normalisePhone(phone, phoneCountry)
    if (phone !== null && normalised === null) fault('phone', 'is not a phone number')
    else values.phone = normalised
  }
  if (given.owner_id !== undefined && given.owner_id !== before.owner_id) {
    if (given.owner_id !== null && !staff.has(given.owner_id)) fault('owner_id', 'there is no such member of staff')
    else values.owner_id = given.owner_id
  }
  const checked = await checkCustomFields(tx, 'company', before.fields, given.fields ?? {}, context, { demands, id })
  return { values: { ...values, fields: checked.fields }, errors: [...errors, ...checked.errors] }
}

/** `https://www.Example.com/about` → `example.com`; undefined: it is none. */
export function domainOf(text: string | null): string | null | undefined {
  if (text === null || text.trim() === '') return null
  const url = URL.parse(/^https?:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`)
  const domain = url?.hostname.replace(/^www\./, '') ?? ''
  return /^[a-z0-9.-]+\.[a-z0-9-]{2,}$/.test(domain) ? domain : undefined
}

/** The values before and after of what differs, custom fields as `fields.<key>`. */
export function companyChanges(before: CompanyValues, after: CompanyValues): Record<string, [FieldValue, FieldValue]> {
  const [old, now] = [flatCompany(before), flatCompany(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return Object.fromEntries(names.filter(name => JSON.stringify(old[name] ?? null) !== JSON.stringify(now[name] ?? null)).map(name => [name, [old[name] ?? null, now[name] ?? null]]))
}

export const flatCompany = ({ fields, ...own }: CompanyValues): Record<string, FieldValue> => ({
  name: own.name, domain: own.domain, phone: own.phone, address: own.address, owner_id: own.owner_id, ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`fields.${key}`, value])),
})

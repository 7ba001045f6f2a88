import type { CompanyInput } from '../../shared/companies.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import { userExists } from '../activities/exists.sql.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import type { FieldError } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { listPeople } from '../companies/company-card.sql.ts'
import { deleteCompany, holdCompany, insertCompany, updateCompany } from '../companies/write-companies.sql.ts'
import type { CompanyValues } from '../companies/write-companies.sql.ts'
import { checkFieldValue } from '../contacts/check-field-value.ts'
import { holdersOf, listCustomFields } from '../contacts/custom-fields.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseName, normalisePhone } from '../contacts/normalise.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'

type Given = Omit<CompanyInput, 'revision'>
const none: CompanyValues = { name: '', domain: null, phone: null, address: null, owner_id: null, fields: {} }

/** A new company; its number. 409 `taken` when there is one of that name. */
export async function createCompany(app: App, given: Given): Promise<number> {
  return withTransaction(app.db, async tx => {
    const values = await valuesOf(tx, none, given, { isNew: true, id: null })
    const id = await insertCompany(tx, values, app.now())
    if (id === undefined) throw taken()
    await touchAll(tx, ['companies'])
    return id
  })
}

/**
 * Writes what differs, and who changed it. Another name changes the cards of everybody who works there: their segments and journeys follow in the same transaction.
 */
export async function changeCompany(app: App, id: number, { revision, ...given }: CompanyInput, by: string): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const before = await holdCompany(tx, id)
    if (before === undefined) throw notFound('company')
    if (before.revision !== revision) throw changedMeanwhile()
    const after = await valuesOf(tx, before, given, { isNew: false, id })
    const changes = changesOf(before, after)
    if (Object.keys(changes).length === 0) return
    if (!await updateCompany(tx, id, after, changes, by, now)) throw taken()
    if (changes['name'] !== undefined) await tellPeople(app, tx, id, now)
    await touchAll(tx, [`company:${id}`, 'companies'])
  })
}

const slice = 1000

async function tellPeople(app: App, tx: Db, id: number, now: Date): Promise<void> {
  for (let after = 0; ;) {
    const people = (await listPeople(tx, id, slice, after)).map(person => person.id)
    if (people.length === 0) return
    await lockContacts(tx, people)
    await applyChanges(tx, app, people.map(contact_id => ({ contact_id, keys: ['field:company'], events: [] })), now)
    after = people.at(-1)!
  }
}

/** 409 `in_use` while somebody works there. */
export async function removeCompany(app: App, id: number): Promise<void> {
  await withTransaction(app.db, async tx => {
    if (await holdCompany(tx, id) === undefined) throw notFound('company')
    if ((await listPeople(tx, id, 1, 0)).length > 0) throw conflict('in_use', 'People work at this company. Give them another one first.')
    await deleteCompany(tx, id)
    await touchAll(tx, [`company:${id}`, 'companies'])
  })
}

const taken = () => new AppError('taken', 409, 'There is a company of this name already.', [{ field: 'name', message: 'there is a company of this name already' }])

async function valuesOf(tx: Db, before: CompanyValues, given: Given, { isNew, id }: { isNew: boolean, id: number | null }): Promise<CompanyValues> {
  const errors: FieldError[] = []
  const { phone_country } = await readCompany(tx)
  const words = (value: string | null | undefined, old: string | null): string | null => value === undefined ? old : value === null ? null : normaliseName(value) || null
  const values: CompanyValues = {
    name: words(given.name, before.name) ?? '',
    domain: given.domain === undefined || given.domain === before.domain ? before.domain : domainOf(given.domain, errors),
    phone: words(given.phone, before.phone),
    address: given.address === undefined ? before.address : given.address?.trim() || null,
    owner_id: given.owner_id === undefined ? before.owner_id : given.owner_id,
    fields: { ...before.fields },
  }
  if (values.name === '') errors.push({ field: 'name', message: 'give the company a name' })
  if (values.phone !== null && values.phone !== before.phone) {
    values.phone = normalisePhone(values.phone, phone_country)
    if (values.phone === null) errors.push({ field: 'phone', message: 'is not a phone number' })
  }
  if (values.owner_id !== null && values.owner_id !== before.owner_id && !await userExists(tx, values.owner_id)) errors.push({ field: 'owner_id', message: 'there is no such member of staff' })
  const definitions = new Map((await listCustomFields(tx, 'company')).filter(field => field.archived_at === null).map(field => [field.key, field]))
  const fields: Record<string, FieldValue> = given.fields ?? {}
  if (isNew) for (const [key, field] of definitions) if (field.required && field.formula === null) fields[key] ??= null
  for (const [key, value] of Object.entries(fields)) {
    const field = definitions.get(key)
    const checked = field === undefined ? { message: 'there is no such custom field' } : checkFieldValue(field, value, phone_country)
    if ('message' in checked) {
      errors.push({ field: `fields.${key}`, message: checked.message })
      continue
    }
    if (field!.kind === 'user' && typeof checked.value === 'number' && !await userExists(tx, checked.value)) errors.push({ field: `fields.${key}`, message: 'there is no such member of staff' })
    if (field!.is_unique && checked.value !== null) {
      const holder = (await holdersOf(tx, 'company', key, [String(checked.value)])).get(String(checked.value))
      if (holder !== undefined && holder !== id) errors.push({ field: `fields.${key}`, message: `another company (${holder}) has this value` })
    }
    if (checked.value === null) delete values.fields[key]
    else values.fields[key] = checked.value
  }
  if (errors.length > 0) throw invalid(errors)
  return values
}

/** `https://www.Example.com/about` → `example.com` */
function domainOf(text: string | null, errors: FieldError[]): string | null {
  if (text === null || text.trim() === '') return null
  const url = URL.parse(/^https?:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`)
  const domain = url?.hostname.replace(/^www\./, '') ?? ''
  if (!/^[a-z0-9.-]+\.[a-z0-9-]{2,}$/.test(domain)) errors.push({ field: 'domain', message: 'is not a domain such as example.com' })
  return domain
}

function changesOf(before: CompanyValues, after: CompanyValues): Record<string, [FieldValue, FieldValue]> {
  const flat = ({ fields, ...own }: CompanyValues): Record<string, FieldValue> => ({
    name: own.name, domain: own.domain, phone: own.phone, address: own.address, owner_id: own.owner_id, ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`fields.${key}`, value])),
  })
  const [old, now] = [flat(before), flat(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return Object.fromEntries(names.filter(name => JSON.stringify(old[name] ?? null) !== JSON.stringify(now[name] ?? null)).map(name => [name, [old[name] ?? null, now[name] ?? null]]))
}

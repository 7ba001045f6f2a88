import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { holdCompanies, insertNamed, writeCompanies, type HeldCompany, type WrittenCompany } from '../companies/write-companies.sql.ts'
import { changeTimes, insertRecords, staffNamed } from '../imports/import-records.sql.ts'
import { insertRejections, type Rejection } from '../imports/imports.sql.ts'
import type { CompanyRow } from '../imports/read-records.ts'
import { checkCompany, companyChanges, domainOf, flatCompany, loadCompanyContext, type CompanyContext, type GivenCompany } from './check-company.ts'
import type { Done, Importing } from './import-contacts.ts'
import { ownerIn } from './owner-in.ts'
import { stays } from './update-rules.ts'

/** One company being worked on: several rows may mean it. */
type Slot = { before: HeldCompany, now: HeldCompany, made: boolean, /** since when it is as it is */ changedAt: Date, as_of: Date | null }

/**
 * Companies in; who has the name is meant, else (in a row without a name) who has the site. What does not fit is left
 * out of the row and told; a row is refused only when it says of no company. The same file again changes nothing.
 */
export async function importCompanies(tx: Db, importing: Importing, given: CompanyRow[], now: Date): Promise<Done> {
  const by = `import:${importing.id}`
  const rejections: Rejection[] = []
  const refuse = ({ row }: CompanyRow, { field, message }: FieldError, kept: boolean): void => { rejections.push({ line: row.line, field: field === 'owner_id' ? 'owner' : field, reason: message, kept, row: row.cells }) }
  const slots = await findSlots(tx, given, now)
  const [context, staff] = [await loadCompanyContext(tx), await staffNamed(tx)]
  const holderOf = new Map<string, number>()
  const outcomes = { created: new Set<number>(), updated: new Set<number>(), unchanged: 0, known: new Set<number>() }
  for (const each of given) {
    const slot = slots(each)
    if (slot === undefined) {
      refuse(each, each.errors[0] ?? (each.input.domain === undefined ? { field: 'name', message: 'is empty: which company is it?' } : { field: 'domain', message: 'no company has this site: give its name, too' }), false)
      continue
    }
    const owner = ownerIn(staff, each.owner)
    const input = owner.id === undefined ? each.input : { ...each.input, owner_id: owner.id }
    const { values, errors } = await checkCompany(tx, slot.now, keptBack(importing, slot, input, each.as_of), context, { demands: false, id: slot.now.id })
    const twice = takeUnique(slot, values, context, holderOf)
    const faults = [...each.errors, ...owner.errors, ...errors, ...twice]
    if (faults[0] !== undefined) refuse(each, faults[0], true)
    const before = slot.now
    slot.now = { ...before, ...values }
    if (Object.keys(companyChanges(before, slot.now)).length > 0) Object.assign(slot, { changedAt: each.as_of ?? now, as_of: each.as_of })
    if (slot.made) outcomes.created.add(before.id)
    else if (Object.keys(companyChanges(before, slot.now)).length > 0) outcomes.updated.add(before.id)
    else {
      outcomes.unchanged++
      outcomes.known.add(before.id)
    }
  }
  await writeSlots(tx, importing.id, slots.all, by, now)
  await insertRejections(tx, importing.id, rejections)
  if (importing.dry !== true) await touchAll(tx, ['companies'])
  return {
    contacts_created: 0, contacts_updated: 0, events_created: outcomes.created.size, records_updated: outcomes.updated.size,
    rows_rejected: rejections.filter(rejection => !rejection.kept).length, rows_unchanged: outcomes.unchanged, records_known: outcomes.known.difference(outcomes.updated).size,
  }
}

/** The companies the rows mean, held; those whose name nobody has are made. */
async function findSlots(tx: Db, given: CompanyRow[], now: Date): Promise<((row: CompanyRow) => Slot | undefined) & { all: Slot[] }> {
  const sound = given.filter(({ errors }) => errors.every(({ field }) => field !== 'row'))
  const names = [...new Map(sound.flatMap(({ input: { name } }) => name === undefined || name === '' ? [] : [[name.toLowerCase(), name] as const])).values()]
  const siteOf = ({ input }: CompanyRow): string | null => domainOf(input.domain ?? null) ?? null
  const domains = [...new Set(sound.flatMap(row => row.input.name === undefined ? siteOf(row) ?? [] : []))]
  const there = new Set((await holdCompanies(tx, { names })).map(company => company.name.toLowerCase()))
  const made = new Set(await insertNamed(tx, names.filter(name => !there.has(name.toLowerCase())), now))
  const held = await holdCompanies(tx, { names, domains })
  const times = await changeTimes(tx, 'companies', held.map(company => company.id))
  const all = held.map((company): Slot => ({ before: company, now: company, made: made.has(company.id), changedAt: times.get(company.id) ?? now, as_of: null }))
  const byName = new Map(all.map(slot => [slot.now.name.toLowerCase(), slot]))
  const bySite = (site: string): Slot | undefined => {
    const those = all.filter(slot => slot.now.domain === site)
    return those.length === 1 ? those[0] : undefined
  }
  const soundRows = new Set(sound)
  const find = (row: CompanyRow): Slot | undefined => {
    if (!soundRows.has(row)) return undefined
    if (row.input.name !== undefined) return byName.get(row.input.name.toLowerCase())
    const site = siteOf(row)
    return site === null ? undefined : bySite(site)
  }
  return Object.assign(find, { all })
}

/** What of the row may be written: a name written otherwise is the same name; by the rules some of what stands there stays. */
function keptBack(importing: Importing, { now, changedAt }: Slot, { name: _, fields, ...own }: GivenCompany, as_of: Date | null): GivenCompany {
  const stands = flatCompany(now)
  const free = <T extends object>(values: T, prefix = ''): T => Object.fromEntries(Object.entries(values).filter(([name]) => !stays(importing, name === 'owner_id' ? 'owner' : `${prefix}${name}`, stands[`${prefix}${name}`], as_of, changedAt))) as T
  return { ...free(own), ...(fields === undefined ? {} : { fields: free(fields, 'fields.') }) }
}

/** A value that may stand on one company only stays with the first of the file that has it. */
function takeUnique(slot: Slot, values: Slot['now'] | Omit<Slot['now'], 'id' | 'revision'>, { fields }: CompanyContext, holderOf: Map<string, number>): FieldError[] {
  return [...fields.values()].flatMap(({ key, is_unique }): FieldError[] => {
    const value = values.fields[key]
    if (!is_unique || value === undefined || value === null) return []
    const name = `${key}:${String(value).toLowerCase()}`
    const holder = holderOf.get(name) ?? slot.now.id
    holderOf.set(name, holder)
    if (holder === slot.now.id) return []
    const old = slot.now.fields[key]
    if (old === undefined) delete values.fields[key]
    else values.fields[key] = old
    return [{ field: `fields.${key}`, message: `another company (${holder}) has this value` }]
  })
}

async function writeSlots(tx: Db, importId: number, slots: Slot[], by: string, now: Date): Promise<void> {
  const changed = slots.flatMap(({ before, now: after, made, as_of }): (WrittenCompany & { made: boolean, as_of: Date | null })[] => {
    const changes = companyChanges(before, after)
    return made || Object.keys(changes).length > 0 ? [{ ...after, revision: made ? before.revision : before.revision + 1, changes, made, as_of }] : []
  })
  await writeCompanies(tx, changed, new Set(changed.filter(company => company.made).map(company => company.id)), by, now)
  await insertRecords(tx, importId, changed.map(({ id, made, revision, changes, as_of }) => ({
    record_id: id, created: made, revision, as_of,
    before: made ? {} : Object.fromEntries(Object.entries(changes).map(([name, [old]]) => [name, old])),
    after: made ? {} : Object.fromEntries(Object.entries(changes).map(([name, [, value]]) => [name, value])),
  })))
}

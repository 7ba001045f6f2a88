import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { pointElsewhere } from '../base/point-elsewhere.sql.ts'
import { listPeople } from '../companies/company-card.sql.ts'
import { holdCompanies, insertCompanyMerge, type CompanyRow, type MovedOfCompany } from '../companies/company-merges.sql.ts'
import { deleteCompany, updateCompany, type CompanyValues } from '../companies/write-companies.sql.ts'
import { carryDifferences, compareAgain, unsayDifferentCompanies } from '../duplicates/company-pairs.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { companyChanges } from './check-company.ts'
import { tellPeople } from './save-companies.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

/** What hangs on a company beside the people who work there: a test finds a table that is not here. */
export const tablesOfCompany = ['deals', 'tasks', 'company_notes', 'company_files', 'company_changes']

export type CompanyMerging = { into: number, from: number, fields: Record<string, number>, by: number | null }

/**
 * Makes one company of two: `into` stays. People, deals, tasks, notes, files and history move; cards of people are saved as
 * by anybody else, so their segments and journeys follow. All or nothing. Out: the number of the merge. Throws 404, 422.
 */
export async function mergeCompanies(app: App, { into: intoId, from: fromId, fields, by }: CompanyMerging): Promise<number> {
  const now = app.now()
  if (intoId === fromId) throw invalid([{ field: 'company_id', message: 'a company cannot be merged with itself' }])
  const strange = Object.entries(fields).find(([, id]) => id !== intoId && id !== fromId)
  if (strange) throw invalid([{ field: `fields.${strange[0]}`, message: 'this company is not among those that are merged' }])
  await ensureMonths(app, [now])
  return withTransaction(app.db, async tx => {
    const held = await holdCompanies(tx, [intoId, fromId])
    for (const id of [intoId, fromId]) if (!held.has(id)) throw notFound(`company ${id}`)
    const [into, from] = [held.get(intoId)!, held.get(fromId)!]
    await unsayDifferentCompanies(tx, [intoId, fromId])
    await carryDifferences(tx, fromId, intoId)
    const moved: MovedOfCompany = { contacts: await movePeople(app, tx, fromId, into.name, by) }
    for (const table of tablesOfCompany) moved[table] = await pointElsewhere(tx, table, 'company_id', { from: fromId, into: intoId })
    await deleteCompany(tx, fromId)
    const after = { ...into, ...mergedValues(into, from, fields) }
    await writeCompany(app, tx, into, after, by)
    const merge = await insertCompanyMerge(tx, { into, into_after: after, from, moved, by, now })
    await compareAgain(tx, [intoId])
    await touchAll(tx, [`company:${intoId}`, `company:${fromId}`, 'companies', 'duplicates', 'deals', 'tasks'])
    return merge
  })
}

export const writerOf = (by: number | null): string => by === null ? 'api' : `user:${by}`

/** Everybody who works at one company, or those of the numbers given who still do, works at the other. Out: who. */
export async function movePeople(app: App, tx: Db, from: number, toName: string, by: number | null, only?: Set<number>): Promise<number[]> {
  const moved: number[] = []
  for (let after = 0; ;) {
    const people = (await listPeople(tx, from, 1000, after)).map(person => person.id)
    if (people.length === 0) return moved
    const meant = people.filter(id => only === undefined || only.has(id))
    const outcomes = await saveContactsAndFollow(app, tx, meant.map(id => ({ id, company: toName })), { now: app.now(), by: writerOf(by), mode: 'overwrite' })
    for (const outcome of outcomes) if ('error' in outcome) throw conflict('people_not_moved', 'The card of somebody who works there could not be saved, so nothing was changed.')
    moved.push(...meant)
    after = people.at(-1)!
  }
}

/** Writes what differs, with its history; another name is that of everybody who works there. */
export async function writeCompany(app: App, tx: Db, before: CompanyRow, after: CompanyValues, by: number | null): Promise<void> {
  const changes = companyChanges(before, after)
  if (Object.keys(changes).length === 0) return
  if (!await updateCompany(tx, before.id, after, changes, writerOf(by), app.now())) throw conflict('company_taken', 'There is a company of this name already.')
  if (changes['name'] !== undefined) await tellPeople(app, tx, before.id, app.now())
}

/** The chosen value, else that of the company that stays, else the other's. */
function mergedValues(into: CompanyRow, from: CompanyRow, fields: Record<string, number>): CompanyValues {
  const pick = <T>(field: string, own: T, other: T): T => fields[field] === from.id ? other : fields[field] === into.id ? own : own ?? other
  const keys = [...new Set([...Object.keys(into.fields), ...Object.keys(from.fields)])]
  const own = keys.map(key => [key, pick(`fields.${key}`, into.fields[key] ?? null, from.fields[key] ?? null)] as const)
  return {
    name: pick('name', into.name, from.name), domain: pick('domain', into.domain, from.domain), phone: pick('phone', into.phone, from.phone), address: pick('address', into.address, from.address),
    owner_id: pick('owner_id', into.owner_id, from.owner_id), fields: Object.fromEntries(own.filter(([, value]) => value !== null)),
  }
}

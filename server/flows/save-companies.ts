import type { CompanyInput } from '../../shared/companies.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { listPeople } from '../companies/company-card.sql.ts'
import { deleteCompany, holdCompany, insertCompany, updateCompany } from '../companies/write-companies.sql.ts'
import type { CompanyValues } from '../companies/write-companies.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'
import { checkCompany, companyChanges, loadCompanyContext, noCompany } from './check-company.ts'
import type { GivenCompany } from './check-company.ts'

/** A new company; its number. 409 `taken` when there is one of that name. */
export async function createCompany(app: App, given: GivenCompany): Promise<number> {
  return withTransaction(app.db, async tx => {
    const values = await valuesOf(tx, noCompany, given, { isNew: true, id: null })
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
    const changes = companyChanges(before, after)
    if (Object.keys(changes).length === 0) return
    if (!await updateCompany(tx, id, after, changes, by, now)) throw taken()
    if (changes['name'] !== undefined) await tellPeople(app, tx, id, now)
    await touchAll(tx, [`company:${id}`, 'companies'])
  })
}

const slice = 1000

/** Everybody who works there has another company by name. */
export async function tellPeople(app: App, tx: Db, id: number, now: Date): Promise<void> {
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

async function valuesOf(tx: Db, before: CompanyValues, given: GivenCompany, { isNew, id }: { isNew: boolean, id: number | null }): Promise<CompanyValues> {
  const { values, errors } = await checkCompany(tx, before, given, await loadCompanyContext(tx), { demands: isNew, id })
  if (errors.length > 0) throw invalid(errors)
  return values
}

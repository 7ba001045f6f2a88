import { daysToUndoMerge } from '../../shared/merges.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { pointElsewhere } from '../base/point-elsewhere.sql.ts'
import { forgetCompanyMergesBefore, holdCompanies, holdCompanyMerge, insertCompanyRow, setCompanyMergeUndone, type CompanyRow } from '../companies/company-merges.sql.ts'
import type { CompanyValues } from '../companies/write-companies.sql.ts'
import { sayDifferentCompanies } from '../duplicates/company-pairs.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { movePeople, tablesOfCompany, writeCompany } from './merge-companies.ts'

const before30Days = (now: Date): Date => new Date(now.getTime() - daysToUndoMerge * 86_400_000)

/**
 * The company that went is there again under its number, with what was moved from it and is still at the other. Fields go
 * back where nobody changed them since; the two count as different. Throws 404, 409 `undone`, `too_late`, `merged_again`,
 * `company_taken`.
 */
export async function undoCompanyMerge(app: App, id: number, by: number | null): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const merge = await holdCompanyMerge(tx, id)
    if (merge === undefined) throw notFound('merge')
    if (merge.undone_at !== null) throw conflict('undone', 'This merge was undone already.')
    const { into_id: intoId, from_id: fromId, into_before, into_after, from_card, moved } = merge
    if (into_before === null || into_after === null || from_card === null || moved === null || merge.merged_at < before30Days(now)) throw conflict('too_late', `A merge can be undone for ${daysToUndoMerge} days.`)
    const into = (await holdCompanies(tx, [intoId])).get(intoId)
    if (into === undefined) throw conflict('merged_again', 'The card has been merged into another since. Undo that merge first.')
    await writeCompany(app, tx, into, valuesBefore(into, into_before, into_after), by)
    if (!await insertCompanyRow(tx, from_card, now)) throw conflict('company_taken', 'There is a company of this name already.')
    await movePeople(app, tx, intoId, from_card.name, by, new Set(moved['contacts']))
    for (const table of tablesOfCompany) await pointElsewhere(tx, table, 'company_id', { from: intoId, into: fromId, only: moved[table] ?? [] })
    await sayDifferentCompanies(tx, [intoId, fromId], by, now)
    await setCompanyMergeUndone(tx, id, by, now)
    await touchAll(tx, [`company:${intoId}`, `company:${fromId}`, 'companies', 'duplicates', 'deals', 'tasks'])
  })
}

/** Each field as it was before the merge, unless it was changed after it. */
function valuesBefore(now: CompanyRow, before: CompanyRow, after: CompanyRow): CompanyValues {
  const back = <T>(current: T, was: T, became: T): T => JSON.stringify(current ?? null) === JSON.stringify(became ?? null) ? was : current
  const keys = [...new Set([now, before, after].flatMap(company => Object.keys(company.fields)))]
  const own = keys.map(key => [key, back(now.fields[key] ?? null, before.fields[key] ?? null, after.fields[key] ?? null)] as const)
  return {
    name: back(now.name, before.name, after.name), domain: back(now.domain, before.domain, after.domain), phone: back(now.phone, before.phone, after.phone), address: back(now.address, before.address, after.address),
    owner_id: back(now.owner_id, before.owner_id, after.owner_id), fields: Object.fromEntries(own.filter(([, value]) => value !== null)),
  }
}

/** A loop: what merges remember of companies goes when they cannot be undone any more. */
export async function forgetCompanyMerges(app: App): Promise<boolean> {
  await forgetCompanyMergesBefore(app.db, before30Days(app.now()))
  return false
}

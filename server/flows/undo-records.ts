import type { DealInput } from '../../shared/deal-input.ts'
import { toMajor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { companyNames } from '../companies/company-card.sql.ts'
import { deleteCompany, holdCompanies, writeCompanies, type CompanyValues } from '../companies/write-companies.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { heldDeals, holdDealSource, keyedDeals, type HeldDeal, type KeptLine, type KeyedDeal } from '../deals/save-deals.sql.ts'
import { deleteDeal } from '../deals/write-deals.sql.ts'
import { removeDealEvents } from '../events/remove-imported.sql.ts'
import { unusedCompanies, unusedDeals, type RecordChange } from '../imports/import-records.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { companyChanges, flatCompany } from './check-company.ts'
import { saveDeals, shownDeal } from './save-deals.ts'

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
/** Of the fields an import changed, those nobody has changed since. */
const untouched = ({ after }: RecordChange, now: Record<string, unknown>): string[] => Object.keys(after).filter(name => same(now[name], after[name]))

/** Companies it made go when nobody works there or has written about them; fields get their old values where nobody changed them after. */
export async function undoCompanies(tx: Db, importId: number, records: RecordChange[], now: Date): Promise<void> {
  const held = new Map((await holdCompanies(tx, { ids: records.map(record => record.record_id) })).map(company => [company.id, company]))
  const standing = records.filter(record => held.has(record.record_id))
  const unused = await unusedCompanies(tx, importId, standing.filter(record => record.created && held.get(record.record_id)!.revision === record.revision).map(record => record.record_id))
  for (const id of unused) await deleteCompany(tx, id)
  const restored = standing.filter(record => !record.created).flatMap((record) => {
    const company = held.get(record.record_id)!
    const values: CompanyValues = { ...company, fields: { ...company.fields } }
    for (const name of untouched(record, flatCompany(company))) {
      const value = (record.before[name] ?? null) as never
      if (!name.startsWith('fields.')) values[name as 'domain'] = value
      else if (value === null) delete values.fields[name.slice(7)]
      else values.fields[name.slice(7)] = value
    }
    const changes = companyChanges(company, values)
    return Object.keys(changes).length === 0 ? [] : [{ ...company, ...values, id: company.id, revision: company.revision + 1, changes }]
  })
  await writeCompanies(tx, restored, new Set(), `import:${importId}`, now)
  await touchAll(tx, ['companies'])
}

/**
 * Deals it made go with their events unless somebody has worked on them since; changed ones get back what nobody changed
 * after, by the same save that brought it.
 */
export async function undoDeals(app: App, tx: Db, importId: number, source: string, records: RecordChange[], now: Date): Promise<void> {
  await holdDealSource(tx, source)
  const keyed = new Map((await keyedDeals(tx, { ids: records.map(record => record.record_id) })).map(deal => [deal.id, deal]))
  await lockContacts(tx, [...keyed.values()].map(deal => deal.contact_id))
  const held = new Map([...(await heldDeals(tx, [...keyed.values()].map(deal => deal.source_key))).values()].map(deal => [deal.id, deal]))
  const made = records.filter(record => record.created && held.get(record.record_id)?.revision === record.revision)
  const unused = await unusedDeals(tx, made.map(record => record.record_id))
  const gone = [...unused].map(id => keyed.get(id)!)
  for (const deal of gone) await deleteDeal(tx, deal.contact_id, deal.id)
  await removeDealEvents(tx, importId, gone.map(deal => deal.id), gone.map(deal => deal.contact_id))
  const changed = records.flatMap((record) => {
    const [deal, kept] = [held.get(record.record_id), keyed.get(record.record_id)]
    return record.created || deal === undefined || kept === undefined ? [] : [{ record, deal, kept }]
  })
  const names = await companyNames(tx, changed.flatMap(({ record }) => typeof record.before['company_id'] === 'number' ? record.before['company_id'] : []))
  const inputs = changed.flatMap(({ record, deal, kept }) => inputBack(record, deal, kept, names, source) ?? [])
  await saveDeals(app, tx, inputs, { now, by: `import:${importId}`, source })
  await applyChanges(tx, app, [...new Set(gone.map(deal => deal.contact_id))].map(contact_id => ({ contact_id, keys: ['deal', 'event:deal.created', 'event:deal.stage_changed', 'event:deal.won', 'event:deal.lost'], events: [] })), now)
  await touchAll(tx, ['deals'])
}

const stageFields = ['stage_id', 'pipeline_id', 'stage_since', 'closed_at', 'lost_reason']

/** The deal as it was, as the save takes it; where it stood comes back whole or not at all. */
function inputBack(record: RecordChange, deal: HeldDeal, kept: KeyedDeal, companies: ReadonlyMap<number, string>, source: string): DealInput | undefined {
  const back = new Set(untouched(record, { ...shownDeal(deal), lines: kept.lines }))
  const moved = stageFields.filter(name => name in record.after)
  if (moved.some(name => !back.has(name))) for (const name of moved) back.delete(name)
  if ('lines' in record.after !== back.has('lines')) back.delete('amount')
  if (back.size === 0) return undefined
  const was = <T>(name: string): T => record.before[name] as T
  const given = <T>(name: string, value: T): Record<string, T> => back.has(name) ? { [name]: value } : {}
  const moment = (name: string): Record<string, string> => back.has(name) && was(name) !== null ? { [name]: was(name) } : {}
  return {
    external_id: kept.source_key.slice(source.length + 1),
    ...given('title', was<string>('title')), ...given('amount', was<number | null>('amount')), ...given('currency', was<string>('currency')),
    ...(back.has('owner_id') ? { owner: was<number | null>('owner_id') } : {}), ...given('expected_on', was<string | null>('expected_on')), ...given('lost_reason', was<string | null>('lost_reason')),
    ...(back.has('company_id') ? { company: companies.get(was('company_id')) ?? '' } : {}),
    ...(back.has('stage_id') ? { stage: was<number>('stage_id'), pipeline: back.has('pipeline_id') ? was<number>('pipeline_id') : deal.pipeline_id } : {}),
    ...moment('created_at'), ...moment('stage_since'), ...moment('closed_at'),
    ...(back.has('lines') ? { lines: linesBack(was('lines'), was<string | undefined>('currency') ?? deal.currency) } : {}),
  }
}

const linesBack = (lines: KeptLine[], currency: string): NonNullable<DealInput['lines']> => lines.flatMap(({ product, quantity, price, discount_percent, discount }) => product === null ? [] : [{
  product, quantity, price: toMajor(price, currency), ...(discount_percent === null ? {} : { discount_percent }), ...(discount === null ? {} : { discount: toMajor(discount, currency) }),
}])

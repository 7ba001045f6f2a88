import { dealInput, type DealInput } from '../../shared/deal-input.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { holdCompanies } from '../companies/write-companies.sql.ts'
import { holdDealSource, keyedDeals, type KeyedDeal } from '../deals/save-deals.sql.ts'
import { changeTimes, insertRecords, staffNamed, type RecordChange } from '../imports/import-records.sql.ts'
import { insertChanges, insertRejections, type Rejection } from '../imports/imports.sql.ts'
import { titleOf, type DealRow } from '../imports/read-records.ts'
import { domainOf } from './check-company.ts'
import { cardChange, type Done, type Importing } from './import-contacts.ts'
import { ownerIn } from './owner-in.ts'
import { saveDeals, type SavedDeal } from './save-deals.ts'
import { stays } from './update-rules.ts'

/** Numbers of deals are those of the program they come from, as the import names it. */
export const sourceOf = ({ options }: Pick<Importing, 'options'>): string => options.source === '' ? 'file' : options.source

/**
 * Deals in, by the same save as those of the API: a row with faults is refused and told by its first, the others go on.
 * A deal whose number is there already is changed; the same file again changes nothing. People and companies nobody
 * knows are made.
 */
export async function importDeals(tx: Db, app: App, importing: Importing, given: DealRow[], now: Date): Promise<Done> {
  const by = `import:${importing.id}`
  const source = sourceOf(importing)
  const rejections: Rejection[] = []
  const refuse = (deal: DealRow, { field, message }: FieldError): void => { rejections.push({ line: deal.row.line, field: columnOf(field, deal), reason: message, kept: false, row: deal.row.cells }) }
  await holdDealSource(tx, source)
  const keys = given.map(deal => `${source}:${deal.deal_id}`)
  const before = new Map((await keyedDeals(tx, { keys })).map(deal => [deal.source_key, deal]))
  const complete = await completing(tx, importing, given)
  const times = await changeTimes(tx, 'deals', [...before.values()].map(deal => deal.id))
  const wanted = given.flatMap((deal, index) => {
    const { input, errors } = complete(deal, before.get(keys[index]!))
    const standing = before.get(keys[index]!)
    if (errors[0] === undefined) return [{ deal, input: standing === undefined ? input : keptBack(importing, deal, input, standing, times.get(standing.id) ?? now), key: keys[index]! }]
    refuse(deal, errors[0])
    return []
  })
  const outcomes = await saveDeals(app, tx, wanted.map(({ input }) => input), { now, by, source, mode: 'overwrite', importId: importing.id, dry: importing.dry === true })
  const saved = wanted.flatMap(({ deal, key }, index): (SavedDeal & { key: string, as_of: Date | null })[] => {
    const outcome = outcomes[index]!
    if (!('errors' in outcome)) return [{ ...outcome, key, as_of: deal.as_of }]
    refuse(deal, outcome.errors[0]!)
    return []
  })
  const after = new Map((await keyedDeals(tx, { ids: saved.map(outcome => outcome.deal_id) })).map(deal => [deal.id, deal]))
  const told = saved.map((outcome): RecordChange => ({ ...recordOf(outcome, before.get(outcome.key), after.get(outcome.deal_id)), as_of: outcome.as_of }))
  await insertRecords(tx, importing.id, told.filter(changes))
  const cards = saved.flatMap(({ card }) => card ?? [])
  await insertChanges(tx, importing.id, cards.map(card => cardChange(card)))
  await insertRejections(tx, importing.id, rejections)
  const created = new Set(told.filter(record => record.created).map(record => record.record_id))
  const updated = new Set(told.filter(record => changes(record) && !created.has(record.record_id)).map(record => record.record_id))
  const unchanged = told.filter(record => !changes(record))
  return {
    contacts_created: new Set(cards.filter(card => card.created).map(card => card.contact_id)).size, contacts_updated: 0,
    events_created: created.size, records_updated: updated.size, rows_rejected: rejections.length, rows_unchanged: unchanged.length,
    records_known: new Set(unchanged.map(record => record.record_id)).difference(updated).difference(created).size,
  }
}

/** Columns of a deal, the fields they fill, and where that stands: what goes together comes or stays as a whole. */
const together: { columns: string[], fields: (keyof DealInput)[], stands: string }[] = [
  { columns: ['title'], fields: ['title'], stands: 'title' }, { columns: ['company', 'company_domain'], fields: ['company'], stands: 'company_id' },
  { columns: ['pipeline', 'stage', 'state', 'stage_since', 'closed_at'], fields: ['pipeline', 'stage', 'state', 'stage_since', 'closed_at'], stands: 'stage_id' },
  { columns: ['amount', 'currency', 'product', 'quantity', 'price'], fields: ['amount', 'currency', 'lines'], stands: 'amount' },
  { columns: ['owner'], fields: ['owner'], stands: 'owner_id' }, { columns: ['created_at'], fields: ['created_at'], stands: 'created_at' },
  { columns: ['expected_on'], fields: ['expected_on'], stands: 'expected_on' }, { columns: ['lost_reason'], fields: ['lost_reason'], stands: 'lost_reason' },
]

/** The deal without what stays as it stands by the rules of its columns. */
function keptBack(importing: Importing, { as_of }: DealRow, input: DealInput, standing: KeyedDeal, changedAt: Date): DealInput {
  const kept = { ...input }
  for (const { columns, fields, stands } of together) {
    if (columns.some(column => column in importing.rules && stays(importing, column, standing.values[stands], as_of, changedAt))) for (const field of fields) delete kept[field]
  }
  return kept
}

const changes = ({ created, after }: RecordChange): boolean => created || Object.keys(after).length > 0

/** Lines are compared as they stand, before and after: the save does not tell of them. */
function recordOf({ deal_id, created, revision, changes: values }: SavedDeal, before: KeyedDeal | undefined, after: KeyedDeal | undefined): RecordChange {
  if (created || before === undefined) return { record_id: deal_id, created, revision, before: {}, after: {} }
  const lines = JSON.stringify(before.lines) === JSON.stringify(after?.lines ?? [])
    ? [] : [['lines', [before.lines, after!.lines]] as const]
  const all = [...Object.entries(values), ...lines]
  return { record_id: deal_id, created, revision, before: Object.fromEntries(all.map(([name, [old]]) => [name, old])), after: Object.fromEntries(all.map(([name, [, value]]) => [name, value])) }
}

/** Returns what makes of a row the deal as the save takes it. */
async function completing(tx: Db, { options }: Importing, given: DealRow[]): Promise<(deal: DealRow, standing: KeyedDeal | undefined) => { input: DealInput, errors: FieldError[] }> {
  const staff = await staffNamed(tx)
  const sites = given.flatMap(({ company_domain, input }) => company_domain === null || input.company !== undefined ? [] : domainOf(company_domain) ?? [])
  const bySite = Map.groupBy(sites.length === 0 ? [] : await holdCompanies(tx, { domains: [...new Set(sites)] }), company => company.domain)
  return (deal, standing) => {
    const errors = [...deal.errors]
    const owner = ownerIn(staff, deal.owner)
    errors.push(...owner.errors)
    let { company } = deal.input
    if (company === undefined && deal.company_domain !== null) {
      const those = bySite.get(domainOf(deal.company_domain) ?? null) ?? []
      if (those.length === 1) company = those[0]!.name
      else errors.push({ field: 'company_domain', message: those.length === 0 ? 'no company has this site: give its name, too' : 'several companies have this site: give the name' })
    }
    if (deal.input.lines !== undefined && standing?.lines.some(line => line.product === null)) errors.push({ field: 'product', message: 'the deal has lines that are not of the catalogue: change it by hand' })
    // A deal that is there and of whose stage the file says nothing stays where it is.
    const pipeline = deal.input.pipeline ?? (standing === undefined || deal.input.stage !== undefined || deal.input.state !== undefined ? options.pipeline_id : null)
    const read = dealInput.safeParse({
      ...deal.input, external_id: deal.deal_id ?? '', title: deal.input.title ?? (standing === undefined ? titleOf({ ...deal, input: { ...deal.input, company } }) : undefined), company,
      ...(deal.contact === null ? {} : { contact: deal.contact }), ...(pipeline === null ? {} : { pipeline }), ...(owner.id === undefined ? {} : { owner: owner.id }),
    })
    if (!read.success) return { input: { external_id: '' }, errors: [...errors, ...read.error.issues.map(issue => ({ field: issue.path.join('.'), message: issue.message }))] }
    return { input: read.data, errors }
  }
}

/** What a column is called to which the save's name of a field goes back. */
function columnOf(field: string, { contact }: DealRow): string {
  if (field === 'external_id') return 'deal_id'
  if (field === 'contact') return ['external_id', 'email', 'phone'].find(name => contact?.[name as 'email'] !== undefined) ?? 'company'
  return field.replace(/^contact\./, '').replace(/^lines\.\d+\./, '')
}

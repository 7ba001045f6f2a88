import type { ColumnMapping, ImportOptions } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { OrderAssembler, OrderEnds, type AssembledOrder } from '../imports/assemble-orders.ts'
import { fileRows } from '../imports/file-rows.ts'
import type { ImportRow } from '../imports/imports.sql.ts'
import { DealNumbers } from '../imports/deal-numbers.ts'
import { keptSettings } from '../imports/inspect-file.ts'
import { readContext } from '../imports/read-context.ts'
import type { CsvRow } from '../imports/read-csv.ts'
import { readConsent, readSuppression } from '../imports/read-permissions.ts'
import { readCompanyRow, readDealRow, readEventRow, type DealRow } from '../imports/read-records.ts'
import { orderIdOf, readContact, readOrderLine } from '../imports/read-rows.ts'
import { importCompanies } from './import-companies.ts'
import { importConsents } from './import-consents.ts'
import { importContacts, type Done, type Importing } from './import-contacts.ts'
import { importDeals } from './import-deals.ts'
import { importEvents } from './import-events.ts'
import { importOrders } from './import-orders.ts'
import { importSuppressions } from './import-suppressions.ts'
import { momentsOfDeal } from './save-deals.ts'

const rowsAtOnce = 2000

/** A full name is the two fields it is made of. */
const rulesOf = (columns: ColumnMapping[], options: ImportOptions): Importing['rules'] => Object.fromEntries(columns.flatMap(({ to, update }) =>
  to === '' ? [] : (to === 'full_name' ? ['first_name', 'last_name'] : [to]).map(name => [name, update ?? options.update] as const)))

/** The next rows of an import, and what writes them. */
export type Batch = {
  /** how many rows of the file are done with it */
  upTo: number
  isLast: boolean
  /** when what is written happened: the months of events must be there before */
  dates: Date[]
  write: (tx: Db, now: Date) => Promise<Done>
}
export type ImportReading = { look: () => Promise<boolean>, total: () => number, next: (done: number) => Promise<Batch> }

/**
 * Reads the file of an import: `look` from end to end, a part a call, until false; then `next` gives batch after batch,
 * behind the rows that are done. Throws CsvError where the file is broken. Whatever the kind, a run and a dry run read so.
 */
export async function readImport(app: App, db: Db, row: ImportRow, { dry, mostRows = Infinity }: { dry: boolean, mostRows?: number }): Promise<ImportReading> {
  const settings = keptSettings(row)
  const { kind, columns, options } = settings
  const reading = await readContext(db, kind, app.now())
  const importing: Importing = { id: row.id, name: row.name, options, phoneCountry: (await readCompany(db)).phone_country, rules: rulesOf(columns, options), dry }
  const ends = new OrderEnds()
  const looking = fileRows(app.db, row, settings)
  let total = 0
  const assembler = new OrderAssembler(ends, options.amount_of)
  const source = fileRows(app.db, row, settings)
  let position = 0
  let more = true
  const waiting: CsvRow[] = []
  const orders: AssembledOrder[] = []
  const numbers = new DealNumbers()
  const deals: DealRow[] = []

  async function look(): Promise<boolean> {
    const part = await looking.next()
    if (part.done || total >= mostRows) return false
    for (const csvRow of part.value.slice(0, mostRows - total)) {
      total++
      const orderId = kind === 'orders' ? orderIdOf(csvRow, columns) : null
      if (orderId !== null) ends.see(orderId, total)
    }
    return true
  }

  async function readMore(done: number): Promise<void> {
    const part = await source.next()
    if (part.done || position >= total) {
      more = false
      return
    }
    for (const csvRow of part.value.slice(0, total - position)) {
      position++
      if (kind === 'orders') {
        // Read again from the start after a break: orders complete by then are done.
        const order = assembler.push(readOrderLine(csvRow, columns, options, reading), position)
        if (order !== null && order.last_row > done) orders.push(order)
      } else if (kind === 'deals') {
        // Those done before a break are numbered again, so that each has the number it had.
        const deal = numbers.take(readDealRow(csvRow, columns, options, reading))
        if (position > done) deals.push(deal)
      } else if (position > done) waiting.push(csvRow)
    }
  }

  async function next(done: number): Promise<Batch> {
    const pending = (): number => orders.length + deals.length + waiting.length
    while (more && pending() < rowsAtOnce) await readMore(done)
    const someRows = waiting.splice(0, rowsAtOnce)
    const someOrders = orders.splice(0, rowsAtOnce)
    const someDeals = deals.splice(0, rowsAtOnce)
    const upTo = pending() === 0 && !more ? total : kind === 'orders' ? someOrders.at(-1)?.last_row ?? done : done + someRows.length + someDeals.length
    return { upTo, isLast: upTo === total, ...writing(someRows, someOrders, someDeals) }
  }

  function writing(someRows: CsvRow[], someOrders: AssembledOrder[], someDeals: DealRow[]): Pick<Batch, 'dates' | 'write'> {
    switch (kind) {
      case 'orders': return { dates: [], write: (tx, now) => importOrders(tx, app, importing, someOrders, now) }
      case 'contacts': return { dates: [], write: (tx, now) => importContacts(tx, app, importing, someRows.map(csvRow => readContact(csvRow, columns, reading)), now) }
      case 'companies': return { dates: [], write: (tx, now) => importCompanies(tx, importing, someRows.map(csvRow => readCompanyRow(csvRow, columns, reading)), now) }
      case 'deals': return { dates: someDeals.flatMap(deal => momentsOfDeal(deal.input)), write: (tx, now) => importDeals(tx, app, importing, someDeals, now) }
      case 'events': return { dates: [], write: (tx, now) => importEvents(tx, app, importing, someRows.map(csvRow => readEventRow(csvRow, columns, options, reading)), now) }
      case 'suppressions': return { dates: [], write: (tx, now) => importSuppressions(tx, importing, someRows.map(csvRow => readSuppression(csvRow, columns)), now) }
      case 'consents': {
        const consents = someRows.map(csvRow => readConsent(csvRow, columns, options, reading))
        return { dates: consents.flatMap(({ occurred_at, errors }) => errors.length > 0 ? [] : occurred_at ?? []), write: (tx, now) => importConsents(tx, app, importing, consents, now) }
      }
    }
  }
  return { look, total: () => total, next }
}

import type { ContactInput } from '../../shared/contacts.ts'
import type { ImportEstimate } from '../../shared/imports.ts'
import { toMinor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { checkInput, identityKinds, type CheckedInput, type InputContext } from '../contacts/check-input.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { OrderAssembler, OrderEnds, type AssembledOrder } from './assemble-orders.ts'
import { fileRows } from './file-rows.ts'
import { knownOrders, type ImportRow } from './imports.sql.ts'
import { keptSettings } from './inspect-file.ts'
import { CsvError, type CsvRow } from './read-csv.ts'
import { orderIdOf, readContact, readOrderLine, type ReadContext } from './read-rows.ts'

const mostRows = 100_000
const rowsAtOnce = 5000

/** What an import would do, counted over its file (over the first hundred thousand rows of a larger one). Changes nothing. */
export async function estimateImport(db: Db, row: ImportRow, now: Date): Promise<ImportEstimate> {
  const settings = keptSettings(row)
  const [company, custom, context] = await Promise.all([readCompany(db), listCustomFields(db), loadInputContext(db)])
  const reading: ReadContext = { fields: custom.map(({ key, label, kind }) => ({ key, label, kind })), timeZone: company.time_zone, currency: company.currency, now }
  const counter = new Counter(db, context)
  const parts = (): AsyncGenerator<CsvRow[]> => firstRowsOf(fileRows(db, row, settings))
  let rows = 0
  try {
    if (settings.kind === 'contacts') {
      for await (const part of parts()) {
        rows += part.length
        const read = part.map(csvRow => readContact(csvRow, settings.columns, reading))
        for (const each of read) if (each.refused) counter.refuse(each.row, each.errors[0]!)
        await counter.people(read.filter(each => !each.refused).map(each => ({ row: each.row, input: each.input })))
      }
    } else {
      const ends = new OrderEnds()
      for await (const part of parts()) {
        for (const csvRow of part) {
          rows++
          const id = orderIdOf(csvRow, settings.columns)
          if (id !== null) ends.see(id, rows)
        }
      }
      const assembler = new OrderAssembler(ends, settings.options.amount_of)
      let position = 0
      for await (const part of parts()) await counter.orders(part.flatMap(csvRow => assembler.push(readOrderLine(csvRow, settings.columns, settings.options, reading), ++position) ?? []))
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // A broken file is not imported at all.
    return { ...nothing(), rows, rejected: rows, reasons: [{ field: 'file', message: error.message, rows: 1, first_line: error.line }] }
  }
  return { ...counter.result(), rows, complete: rows < mostRows }
}

/** In handy parts, at most so many rows. */
async function* firstRowsOf(parts: AsyncGenerator<CsvRow[]>): AsyncGenerator<CsvRow[]> {
  let left = mostRows
  for await (const part of parts) {
    for (let from = 0; from < part.length && left > 0; from += rowsAtOnce) {
      const some = part.slice(from, from + Math.min(rowsAtOnce, left))
      left -= some.length
      yield some
    }
    if (left === 0) return
  }
}

const nothing = (): ImportEstimate => ({ rows: 0, complete: true, contacts_new: 0, contacts_known: 0, duplicates: 0, orders: 0, orders_known: 0, rejected: 0, reasons: [] })

class Counter {
  readonly #db: Db
  readonly #context: InputContext
  readonly #estimate = nothing()
  readonly #reasons = new Map<string, ImportEstimate['reasons'][number]>()
  /** identities seen in the file → the person: a number of the database, or one of the file (negative) */
  readonly #seen = new Map<string, number>()
  readonly #counted = new Set<number>()
  #next = -1

  constructor(db: Db, context: InputContext) {
    this.#db = db
    this.#context = context
  }

  result(): ImportEstimate {
    return { ...this.#estimate, reasons: [...this.#reasons.values()].toSorted((one, other) => other.rows - one.rows).slice(0, 50) }
  }

  refuse(row: CsvRow, { field, message }: { field: string, message: string }): void {
    this.#estimate.rejected++
    // Reasons that differ only by the value they quote are one.
    const kind = message.replaceAll(/"[^"]*"/g, '"…"').replaceAll(/\d+/g, '…')
    const known = this.#reasons.get(`${field} ${kind}`)
    if (known) known.rows++
    else this.#reasons.set(`${field} ${kind}`, { field, message, rows: 1, first_line: row.line })
  }

  /** Rows in; for each the person, or null when nobody can be recognised by it. */
  async people(rows: { row: CsvRow, input: ContactInput }[]): Promise<(number | null)[]> {
    const checked = rows.map(({ row, input }) => {
      const first = checkInput(input, this.#context)
      if (!('errors' in first)) return first
      const bad = new Set(first.errors.map(error => error.field))
      const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !bad.has(name) && name !== 'fields')) as ContactInput
      const second = checkInput(rest, this.#context)
      if ('errors' in second || Object.keys(second.identities).length === 0) {
        this.refuse(row, first.errors[0]!)
        return null
      }
      return second
    })
    const found = await findContacts(this.#db, checked.map(each => each?.identities ?? {}))
    return checked.map((each, index) => each === null ? null : this.#count(each, found[index] ?? null))
  }

  #count({ identities }: CheckedInput, id: number | null): number {
    const keys = identityKinds.flatMap(kind => identities[kind] === undefined ? [] : [`${kind}:${identities[kind]}`])
    const seen = keys.map(key => this.#seen.get(key)).find(person => person !== undefined)
    const person = seen ?? id ?? this.#next--
    for (const key of keys) if (!this.#seen.has(key)) this.#seen.set(key, person)
    if (this.#counted.has(person)) this.#estimate.duplicates++
    else {
      this.#counted.add(person)
      if (person < 0) this.#estimate.contacts_new++
      else this.#estimate.contacts_known++
    }
    return person
  }

  async orders(orders: AssembledOrder[]): Promise<void> {
    const sound = orders.filter(order => {
      const bad = order.lines.find(line => line.errors.length > 0)
      if (bad) for (const line of order.lines) this.refuse(line.row, line.errors[0] ?? { field: 'order_id', message: 'another line of this order could not be read' })
      return !bad
    })
    const duplicates = this.#estimate.duplicates
    const people = await this.people(sound.map(order => ({ row: order.line.row, input: order.line.customer })))
    // Several orders of one person are what one wishes for.
    this.#estimate.duplicates = duplicates
    const found = sound.flatMap((order, index) => people[index] == null ? [] : [{ order, person: people[index]! }])
    const known = new Map((await knownOrders(this.#db, found.filter(each => each.person > 0).map(({ order, person }) => ({ contact_id: person, order_id: order.order_id })))).map(order => [`${order.contact_id}:${order.order_id}`, order]))
    for (const { order, person } of found) {
      const same = known.get(`${person}:${order.order_id}`)
      if (same && same.currency === order.line.currency && same.amount === toMinor(order.amount, order.line.currency) && same.placed_at.getTime() === order.line.occurred_at!.getTime()) this.#estimate.orders_known++
      else this.#estimate.orders++
    }
  }
}

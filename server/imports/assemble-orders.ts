import { createHash } from 'node:crypto'
import type { ImportOptions } from '../../shared/imports.ts'
import type { OrderLine } from './read-rows.ts'

export type AssembledOrder = {
  /** the row after which it is complete, counted from 1 */
  last_row: number
  line: OrderLine
  lines: OrderLine[]
  order_id: string
  amount: number
  items: NonNullable<OrderLine['item']>[]
}

const mostLines = 1000

/** 53 bits of a text: enough to tell the orders of one file apart (FNV-1a, two halves). */
export function shortHash(text: string): number {
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ (code + index), 0x85ebca6b)
  }
  return (high >>> 11) * 0x100000000 + (low >>> 0)
}

/** Finds where each order ends, when its lines may stand anywhere in the file. */
export class OrderEnds {
  #last = new Map<number, number>()

  see(orderId: string, row: number): void {
    this.#last.set(shortHash(orderId), row)
  }

  lastRow(orderId: string): number {
    return this.#last.get(shortHash(orderId)) ?? 0
  }
}

/**
 * Puts rows with the same order number together and hands an order out when its last row has come. A row without a
 * number is an order of its own; its number is made from what it says, so that the same file read twice gives the same.
 */
export class OrderAssembler {
  readonly #ends: OrderEnds
  readonly #amountOf: ImportOptions['amount_of']
  #open = new Map<string, OrderLine[]>()
  #sameRows = new Map<number, number>()

  constructor(ends: OrderEnds, amountOf: ImportOptions['amount_of']) {
    this.#ends = ends
    this.#amountOf = amountOf
  }

  push(line: OrderLine, row: number): AssembledOrder | null {
    if (line.order_id === null) return this.#complete(this.#madeNumber(line), [line], row)
    const lines = this.#open.get(line.order_id) ?? []
    lines.push(line)
    if (row < this.#ends.lastRow(line.order_id)) {
      this.#open.set(line.order_id, lines)
      return null
    }
    this.#open.delete(line.order_id)
    return this.#complete(line.order_id, lines, row)
  }

  #madeNumber(line: OrderLine): string {
    const { customer, occurred_at, amount, currency, item } = line
    const said = JSON.stringify([customer.external_id ?? customer.email ?? customer.phone, occurred_at, amount, currency, item])
    const key = shortHash(said)
    const count = (this.#sameRows.get(key) ?? 0) + 1
    this.#sameRows.set(key, count)
    return `row-${createHash('sha256').update(`${said} ${count}`).digest('hex').slice(0, 20)}`
  }

  #complete(orderId: string, lines: OrderLine[], row: number): AssembledOrder {
    const sound = lines.filter(line => line.errors.length === 0)
    const amounts = sound.map(line => line.amount ?? 0)
    const sum = Math.round(amounts.reduce((total, amount) => total + amount, 0) * 10_000) / 10_000
    return {
      last_row: row, line: sound[0] ?? lines[0]!, lines, order_id: orderId,
      amount: this.#amountOf === 'line' ? sum : amounts[0] ?? 0,
      items: sound.flatMap(line => line.item ?? []).slice(0, mostLines),
    }
  }
}

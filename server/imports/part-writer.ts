import type { ImportNote, ImportSheet } from '../../shared/imports.ts'
import type { Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { insertPart } from './imports.sql.ts'
import { CsvError, longestCell, mostColumns, type CsvRow } from './read-csv.ts'

const partCharacters = 1024 * 1024
/** Written out, a spreadsheet may be many times what it is packed: this is where it ends. */
const mostCharacters = 400_000_000
const titleRowsLookedAt = 20

export type Written = { sheets: ImportSheet[], notes: ImportNote[], characters: number }

/** Keeps rows of other formats as lines of JSON: `[line, cell, …]`. A part ends with a line; memory is that of one part. */
export class PartWriter {
  readonly #tx: Db
  readonly #importId: number
  readonly #sheets: ImportSheet[] = []
  readonly #notes = new Map<ImportNote['code'], number>()
  #waiting: string[] = []
  #waitingCharacters = 0
  #characters = 0
  #part = 0
  /** the first rows of a sheet, until it is known whether a title stands above the headings */
  #first: CsvRow[] | null = null

  constructor(tx: Db, importId: number) {
    this.#tx = tx
    this.#importId = importId
  }

  note(code: ImportNote['code'], count: number): void {
    if (count > 0) this.#notes.set(code, (this.#notes.get(code) ?? 0) + count)
  }

  async beginSheet(name: string): Promise<void> {
    await this.#endSheet()
    this.#sheets.push({ name, rows: 0, first_part: this.#part, parts: 0 })
    this.#first = []
  }

  async row(row: CsvRow): Promise<void> {
    checkRow(row)
    if (this.#first === null) return this.#write(row)
    this.#first.push(row)
    if (this.#first.length >= titleRowsLookedAt) await this.#writeFirst()
  }

  async end(): Promise<Written> {
    await this.#endSheet()
    return { sheets: this.#sheets.filter(sheet => sheet.rows > 0), notes: [...this.#notes].map(([code, count]) => ({ code, count })), characters: this.#characters }
  }

  /** A title above the table is no heading: rows with one value, where the table is at least three columns wide. */
  async #writeFirst(): Promise<void> {
    const rows = this.#first ?? []
    this.#first = null
    const filled = rows.map(row => row.cells.filter(cell => cell !== '').length)
    const table = filled.findIndex(count => count > 1)
    const titles = table > 0 && Math.max(...filled) > 2 ? table : 0
    this.note('title_rows', titles)
    for (const row of rows.slice(titles)) await this.#write(row)
  }

  async #write({ line, cells }: CsvRow): Promise<void> {
    const text = JSON.stringify([line, ...cells])
    this.#sheets.at(-1)!.rows++
    this.#waiting.push(text)
    this.#waitingCharacters += text.length
    this.#characters += text.length
    if (this.#characters > mostCharacters) throw new AppError('too_large', 413, 'Unpacked, the file is too large. Split it into several files, or save it as CSV.')
    if (this.#waitingCharacters >= partCharacters) await this.#flush()
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    await insertPart(this.#tx, this.#importId, this.#part++, Buffer.from(this.#waiting.join('\n')))
    this.#sheets.at(-1)!.parts++
    this.#waiting = []
    this.#waitingCharacters = 0
  }

  async #endSheet(): Promise<void> {
    if (this.#first !== null) await this.#writeFirst()
    await this.#flush()
  }
}

function checkRow({ line, cells }: CsvRow): void {
  if (cells.length > mostColumns) throw new CsvError(line, `more than ${mostColumns} columns.`)
  const long = cells.findIndex(cell => cell.length > longestCell)
  if (long !== -1) throw new CsvError(line, `column ${long + 1} is longer than a million characters.`)
}

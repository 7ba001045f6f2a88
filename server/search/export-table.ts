import { Readable } from 'node:stream'
import type { App } from '../base/app.ts'
import { invalid } from '../base/errors.ts'
import { writeXlsx } from '../base/write-xlsx.ts'
import type { Cell } from '../base/write-xlsx.ts'
import { readCompany } from '../company/company.sql.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { csvLine } from './csv.ts'
import { cardColumns, fieldColumn } from './export-columns.ts'
import type { ExportColumn, ExportRow, Language } from './export-columns.ts'

export type FileFormat = 'csv' | 'xlsx'
/** `columns`: their names in order, or undefined for all. `language`: of the headings, times and numbers; null: as other programs want them. */
export type FileOptions = { format: FileFormat, columns: string[] | undefined, language: Language | null, title: string }

export const mediaTypes: Record<FileFormat, string> = { csv: 'text/csv; charset=utf-8', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }

/** What an export shows: headings, and the cells of a contact below them. Throws 422 for a column there is not. */
export type Table = { columns: string[], headings: string[], cellsOf: (of: ExportRow) => Cell[] }

/** Times are of the company's zone, unless another program is to read them. */
export async function openTable(app: App, { columns: names, language, format }: Pick<FileOptions, 'columns' | 'language' | 'format'>, special: ExportColumn[] = []): Promise<Table> {
  const columns = await chooseColumns(app, names, special)
  const { time_zone: timeZone } = await readCompany(app.db)
  const onClock = clockOf(timeZone)
  return {
    columns: columns.map(column => column.name),
    headings: columns.map(column => language === null ? column.name.replace(/^fields\./, '') : column.headings[language]),
    cellsOf: of => columns.map((column) => {
      const value = column.value(of)
      return column.time && typeof value === 'string' && (format === 'xlsx' || language !== null) ? { local: onClock(value) } : value
    }),
  }
}

/** Pages of rows as a file, piece by piece: never all in memory. CSV is RFC 4180, UTF-8 with a byte order mark, which spreadsheets need. */
export function writeFile(pages: AsyncIterable<Cell[][]>, headings: string[], { format, language, title }: Pick<FileOptions, 'format' | 'language' | 'title'>): Readable {
  if (format === 'xlsx') return writeXlsx(title, headings, eachOf(pages))
  const separator = language === 'ru' ? ';' as const : ',' as const
  return Readable.from(lines())

  async function* lines(): AsyncGenerator<string> {
    yield `\uFEFF${csvLine(headings, separator)}`
    for await (const page of pages) yield page.map(cells => csvLine(cells.map(cell => csvText(cell, language)), separator)).join('')
  }
}

/** Pages of contacts as a file. */
export async function writeTable(app: App, pages: AsyncIterable<ExportRow[]>, options: FileOptions, special: ExportColumn[] = []): Promise<Readable> {
  const { headings, cellsOf } = await openTable(app, options, special)
  return writeFile(cells(), headings, options)

  async function* cells(): AsyncGenerator<Cell[][]> {
    for await (const page of pages) yield page.map(cellsOf)
  }
}

async function* eachOf<T>(pages: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page
}

async function chooseColumns(app: App, names: string[] | undefined, special: ExportColumn[]): Promise<ExportColumn[]> {
  const fields = (await listCustomFields(app.db)).filter(field => field.archived_at === null)
  const there = new Map([...special, ...cardColumns, ...fields.map(fieldColumn)].map(column => [column.name, column]))
  if (names === undefined || names.length === 0) return [...there.values()].filter(column => column.name !== 'name')
  return [...new Set(names)].map((name) => {
    const column = there.get(name)
    if (column === undefined) throw invalid([{ field: 'columns', message: `there is no column ${name}` }])
    return column
  })
}

/** 2026-11-24 13:05, or 24.11.2026 13:05 where people write it so; numbers with a comma there, too. */
function csvText(cell: Cell, language: Language | null): string | number | null | undefined {
  if (typeof cell === 'boolean') return String(cell)
  if (typeof cell === 'number') return language === 'ru' ? String(cell).replace('.', ',') : cell
  if (typeof cell !== 'object' || cell === null) return cell
  const [day = '', clock = ''] = cell.local.split('T')
  return [language === 'ru' ? day.split('-').toReversed().join('.') : day, clock.slice(0, 5)].filter(part => part !== '').join(' ')
}

/** A moment on the calendar and clock of a zone: `2026-11-24T13:05:00`. */
function clockOf(timeZone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat('sv', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return iso => format.format(new Date(iso)).replace(' ', 'T')
}

import type { Db } from '../base/db.ts'
import { readPart } from './imports.sql.ts'
import { CsvReader, type CsvRow } from './read-csv.ts'

export type Layout = { encoding: string, delimiter: string, has_header: boolean }

/** The rows of an uploaded file, part after part, without its heading. Throws CsvError where it is not CSV. */
export async function* fileRows(db: Db, importId: number, layout: Layout): AsyncGenerator<CsvRow[]> {
  const decoder = new TextDecoder(layout.encoding)
  const reader = new CsvReader(layout.delimiter)
  let heading = layout.has_header
  const withoutHeading = (rows: CsvRow[]): CsvRow[] => {
    if (!heading || rows.length === 0) return rows
    heading = false
    return rows.slice(1)
  }
  for (let part = 0; ; part++) {
    const content = await readPart(db, importId, part)
    if (content === undefined) break
    yield withoutHeading(reader.push(decoder.decode(content, { stream: true })))
  }
  yield withoutHeading([...reader.push(decoder.decode()), ...reader.end()])
}

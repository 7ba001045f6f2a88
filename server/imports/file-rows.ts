import type { Db } from '../base/db.ts'
import { readPart, type ImportRow } from './imports.sql.ts'
import { CsvReader, type CsvRow } from './read-csv.ts'

export type StoredFile = Pick<ImportRow, 'id' | 'format' | 'sheets'>
export type Layout = { encoding: string, delimiter: string, has_header: boolean, sheet: number }

/** The rows of an uploaded file, part after part, without its heading. Throws CsvError where it is not CSV. */
export async function* fileRows(db: Db, file: StoredFile, layout: Layout): AsyncGenerator<CsvRow[]> {
  let heading = layout.has_header
  for await (const rows of file.format === 'csv' ? csvRows(db, file.id, layout) : storedRows(db, file, layout.sheet)) {
    const isHeading = heading && rows.length > 0
    if (isHeading) heading = false
    yield isHeading ? rows.slice(1) : rows
  }
}

async function* csvRows(db: Db, importId: number, layout: Layout): AsyncGenerator<CsvRow[]> {
  const decoder = new TextDecoder(layout.encoding)
  const reader = new CsvReader(layout.delimiter)
  for (let part = 0; ; part++) {
    const content = await readPart(db, importId, part)
    if (content === undefined) break
    yield reader.push(decoder.decode(content, { stream: true }))
  }
  yield [...reader.push(decoder.decode()), ...reader.end()]
}

/** As the part writer has kept them. */
async function* storedRows(db: Db, file: StoredFile, sheet: number): AsyncGenerator<CsvRow[]> {
  const { first_part, parts } = file.sheets[sheet] ?? { first_part: 0, parts: 0 }
  for (let part = first_part; part < first_part + parts; part++) yield parseStored(await readPart(db, file.id, part))
}

function parseStored(content: Buffer | undefined): CsvRow[] {
  return (content?.toString() ?? '').split('\n').filter(line => line !== '').map(text => {
    const [line, ...cells] = JSON.parse(text) as [number, ...string[]]
    return { line, cells }
  })
}

/** The rows at the beginning of a sheet. */
export async function firstStoredRows(db: Db, file: StoredFile, sheet: number, limit: number): Promise<CsvRow[]> {
  const stored = file.sheets[sheet]
  return stored === undefined ? [] : parseStored(await readPart(db, file.id, stored.first_part)).slice(0, limit)
}

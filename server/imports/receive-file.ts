import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { importOptions, type ImportFormat } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError, invalid } from '../base/errors.ts'
import { readCompany } from '../company/company.sql.ts'
import { EncodingDetector, type Encoding } from './detect-encoding.ts'
import { findImport, insertImport, insertPart, saveFormat, saveSettings } from './imports.sql.ts'
import { inspectFile } from './inspect-file.ts'
import { PartWriter } from './part-writer.ts'
import { CsvError } from './read-csv.ts'
import { VcardReader, vcardColumns } from './read-vcard.ts'
import { readXlsx } from './read-xlsx.ts'

const partBytes = 1024 * 1024
export const largestFile = 200 * 1024 * 1024
type Upload = { name: string, stream: Readable & { truncated?: boolean } }
type Stored = { size: number, encoding: Encoding }

/** Keeps an uploaded file in parts, finds out how it is written, and guesses what its columns are. All or nothing. */
export async function receiveFile(app: App, file: Upload, by: number | null): Promise<number> {
  const name = file.name.toWellFormed().replaceAll('\0', '').split(/[/\\]/).at(-1)!.slice(-200) || 'import.csv'
  const { head, chunks } = await peek(limited(file))
  const format = formatOf(head)
  const kept = format === 'csv' ? null : await keepAside(chunks)
  try {
    return await withTransaction(app.db, async tx => {
      const id = await insertImport(tx, { file_name: name, created_by: by }, app.now())
      const { size, encoding } = kept === null ? await storeText(tx, id, chunks) : await storeRows(tx, id, format, kept)
      if (size === 0) throw invalid([{ field: 'file', message: 'is empty' }])
      const title = name.replace(/\.(csv|tsv|txt|xlsx|vcf|vcard)$/i, '').slice(0, 200) || name
      const inspected = await inspectFile(tx, { ...(await findImport(tx, id))!, name: title, file_size: size }, { encoding })
      await saveSettings(tx, id, { ...inspected, options: importOptions.parse(inspected.options) }, size)
      return id
    })
  } catch (error) {
    if (error instanceof CsvError) throw invalid([{ field: 'file', message: error.message }])
    throw error
  } finally {
    if (kept !== null) await rm(path.dirname(kept), { recursive: true, force: true })
  }
}

async function* limited({ stream }: Upload): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestFile) break
    yield chunk
  }
  if (stream.truncated === true || size > largestFile) throw new AppError('too_large', 413, 'The file is larger than 200 MB. Split it into several files.')
}

/** Enough of the beginning to tell what it is; the chunks are all of it. */
async function peek(source: AsyncGenerator<Buffer>): Promise<{ head: Buffer, chunks: AsyncGenerator<Buffer> }> {
  let head = Buffer.alloc(0)
  while (head.length < 4000) {
    const next = await source.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return { head, chunks: (async function* () {
    if (head.length > 0) yield head
    yield* source
  })() }
}

/** By what the bytes are, whatever the file is called. */
function formatOf(head: Buffer): ImportFormat {
  const begins = (bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (begins([0x50, 0x4b, 0x03, 0x04])) return 'xlsx'
  if (begins([0xd0, 0xcf, 0x11, 0xe0])) throw invalid([{ field: 'file', message: 'is an old workbook (.xls), or one with a password. Open it in your spreadsheet program and save it as .xlsx or CSV, without a password' }])
  const isWide = begins([0xff, 0xfe]) || begins([0xfe, 0xff]) || head.subarray(0, 2000).filter(byte => byte === 0).length > Math.min(head.length, 2000) * 0.2
  const text = isWide ? head.toString('latin1').replaceAll('\0', '') : head.toString('latin1')
  if (/^[\s\xEF\xBB\xBF\xFF\xFE]*BEGIN:VCARD\s/i.test(text)) return 'vcard'
  const control = head.subarray(0, 4000).filter(byte => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)).length
  if (!isWide && control > 4) throw invalid([{ field: 'file', message: 'is no text. A CSV file, a workbook (.xlsx) or address cards (.vcf) are needed' }])
  return 'csv'
}

/** What cannot be read from front to back waits on the disk; outside of the database transaction, as an upload may be slow. */
async function keepAside(chunks: AsyncGenerator<Buffer>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'otklik-import-'))
  try {
    const file = path.join(folder, 'file')
    await pipeline(Readable.from(chunks), createWriteStream(file, { mode: 0o600 }))
    return file
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function storeText(tx: Db, id: number, chunks: AsyncGenerator<Buffer>): Promise<Stored> {
  const detector = new EncodingDetector()
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let part = 0
  let size = 0
  const store = async (): Promise<void> => {
    await insertPart(tx, id, part++, Buffer.concat(waiting))
    waiting = []
    waitingBytes = 0
  }
  for await (const chunk of chunks) {
    detector.push(chunk)
    size += chunk.length
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes >= partBytes) await store()
  }
  if (waitingBytes > 0) await store()
  return { size, encoding: detector.end() }
}

async function storeRows(tx: Db, id: number, format: ImportFormat, file: string): Promise<Stored> {
  const writer = new PartWriter(tx, id)
  if (format === 'xlsx') await readXlsx(file, writer)
  else await storeCards(tx, file, writer)
  const { sheets, notes, characters } = await writer.end()
  await saveFormat(tx, id, { format, sheets, notes })
  return { size: characters, encoding: 'utf-8' }
}

async function storeCards(tx: Db, file: string, writer: PartWriter): Promise<void> {
  const detector = new EncodingDetector()
  for await (const chunk of createReadStream(file)) detector.push(chunk as Buffer)
  const decoder = new TextDecoder(detector.end())
  const reader = new VcardReader()
  const { language } = await readCompany(tx)
  await writer.beginSheet('')
  await writer.row({ line: 1, cells: vcardColumns[language === 'ru' ? 'ru' : 'en'] })
  for await (const chunk of createReadStream(file)) for (const row of reader.push(decoder.decode(chunk as Buffer, { stream: true }))) await writer.row(row)
  for (const row of [...reader.push(decoder.decode()), ...reader.end()]) await writer.row(row)
  for (const [code, count] of reader.notes) writer.note(code, count)
}

import type { Readable } from 'node:stream'
import { importOptions } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError, invalid } from '../base/errors.ts'
import { EncodingDetector } from './detect-encoding.ts'
import { insertImport, insertPart, saveSettings } from './imports.sql.ts'
import { inspectFile } from './inspect-file.ts'

const partBytes = 1024 * 1024
export const largestFile = 200 * 1024 * 1024

/** Keeps an uploaded file in parts while it comes in, finds out how it is written, and guesses what its columns are. All or nothing. */
export async function receiveFile(app: App, file: { name: string, stream: Readable & { truncated?: boolean } }, by: number | null): Promise<number> {
  const name = file.name.toWellFormed().replaceAll('\0', '').split(/[/\\]/).at(-1)!.slice(-200) || 'import.csv'
  return withTransaction(app.db, async tx => {
    const id = await insertImport(tx, { file_name: name, created_by: by }, app.now())
    const detector = new EncodingDetector()
    const size = await storeParts(tx, id, file.stream, detector)
    if (file.stream.truncated) throw new AppError('too_large', 413, 'The file is larger than 200 MB. Split it into several files.')
    if (size === 0) throw invalid([{ field: 'file', message: 'is empty' }])
    const inspected = await inspectFile(tx, { id, name: name.replace(/\.(csv|tsv|txt)$/i, '').slice(0, 200) || name, file_size: size }, { encoding: detector.end() })
    await saveSettings(tx, id, { ...inspected, options: importOptions.parse(inspected.options) }, size)
    return id
  })
}

async function storeParts(tx: Db, id: number, stream: Readable, detector: EncodingDetector): Promise<number> {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let part = 0
  let size = 0
  const store = async (): Promise<void> => {
    const content = Buffer.concat(waiting)
    if (part === 0) assertText(content)
    await insertPart(tx, id, part++, content)
    waiting = []
    waitingBytes = 0
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    detector.push(chunk)
    size += chunk.length
    if (size > largestFile) throw new AppError('too_large', 413, 'The file is larger than 200 MB. Split it into several files.')
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes >= partBytes) await store()
  }
  if (waitingBytes > 0) await store()
  return size
}

/** A spreadsheet or a picture is no CSV: better said at once than by columns of rubbish. */
function assertText(head: Buffer): void {
  const begins = (bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (begins([0x50, 0x4b, 0x03, 0x04]) || begins([0xd0, 0xcf, 0x11, 0xe0])) throw invalid([{ field: 'file', message: 'is a spreadsheet or an archive. Open it in your spreadsheet program and save it as CSV' }])
  const isWide = begins([0xff, 0xfe]) || begins([0xfe, 0xff]) || head.subarray(0, 2000).filter(byte => byte === 0).length > Math.min(head.length, 2000) * 0.2
  const control = head.subarray(0, 4000).filter(byte => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)).length
  if (!isWide && control > 4) throw invalid([{ field: 'file', message: 'is no text. A CSV file is needed' }])
}

import type { Readable } from 'node:stream'
import { Parser } from 'htmlparser2'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { AppError, invalid } from '../base/errors.ts'
import type { PartWriter } from './part-writer.ts'
import { CsvError, longestCell, mostColumns } from './read-csv.ts'

/**
 * Workbooks (ECMA-376, Office Open XML), read as a stream: memory is that of the table of shared texts. Sizes a zip
 * declares are checked before anything is unpacked, and yauzl holds each entry to what it declares.
 */
const largestUnpacked = 1024 * 1024 * 1024
const largestShared = 60_000_000
/** No sheet of a real workbook packs so well; archives made to burst do. */
const highestRatio = 250
const ratioFrom = 16 * 1024 * 1024
const mostEntries = 5000
const mostSheets = 50

type Style = 'date' | 'time' | { zeros: number } | null
type Book = { shared: string[], styles: Style[], is1904: boolean }

/** All sheets that are not hidden into the writer, one after another, each row with its number in the sheet. */
export async function readXlsx(file: string, writer: PartWriter): Promise<void> {
  const zip = await openPromise(file, { autoClose: false }).catch(() => { throw damaged() })
  try {
    const entries = await entriesOf(zip)
    const relations = await relationsOf(zip, entries)
    const { sheets, is1904 } = await workbookOf(zip, entries)
    const book: Book = { is1904, shared: await sharedTexts(zip, entries), styles: await stylesOf(zip, entries) }
    writer.note('hidden_sheets', sheets.filter(sheet => sheet.hidden).length)
    const shown = sheets.filter(sheet => !sheet.hidden)
    writer.note('more_sheets', Math.max(0, shown.length - mostSheets))
    for (const sheet of shown.slice(0, mostSheets)) {
      const entry = entries.get(relations.get(sheet.relation) ?? '')
      if (entry === undefined) continue
      await writer.beginSheet(sheet.name)
      await readSheet(zip, entry, book, writer)
    }
  } catch (error) {
    if (error instanceof AppError || error instanceof CsvError) throw error
    throw damaged()
  } finally {
    zip.close()
  }
}

const damaged = (): AppError => invalid([{ field: 'file', message: 'is no workbook that can be read. Open it in your spreadsheet program and save it as .xlsx or CSV' }])
const tooLarge = (): AppError => new AppError('too_large', 413, 'Unpacked, the file is too large. Split it into several files, or save it as CSV.')

async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > mostEntries) throw damaged()
  const entries = new Map<string, Entry>()
  let total = 0
  for await (const entry of zip.eachEntry()) {
    if (!/^\/?xl\/.*\.(?:xml|rels)$/i.test(entry.fileName)) continue
    total += entry.uncompressedSize
    const bursts = entry.uncompressedSize > ratioFrom && entry.uncompressedSize > entry.compressedSize * highestRatio
    if (total > largestUnpacked || bursts) throw tooLarge()
    entries.set(entry.fileName.replace(/^\//, ''), entry)
  }
  return entries
}

type Handlers = { open: (name: string, attributes: Record<string, string>) => void, text?: (text: string) => void, close?: (name: string) => void }

/** Names come without their prefix: `x:row` is `row`. After each piece of the file `pause` may take what has come together. */
async function parse(zip: ZipFile, entry: Entry | undefined, handlers: Handlers, pause: () => Promise<void> | void = () => undefined): Promise<void> {
  if (entry === undefined) return
  const local = (name: string): string => name.slice(name.indexOf(':') + 1)
  const parser = new Parser({
    onopentag: (name, attributes) => handlers.open(local(name), attributes),
    ontext: text => handlers.text?.(text),
    onclosetag: name => handlers.close?.(local(name)),
  }, { xmlMode: true, decodeEntities: true })
  const stream: Readable = await zip.openReadStreamPromise(entry)
  stream.setEncoding('utf8')
  for await (const piece of stream) {
    parser.write(piece as string)
    await pause()
  }
  parser.end()
  await pause()
}

async function relationsOf(zip: ZipFile, entries: Map<string, Entry>): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  await parse(zip, entries.get('xl/_rels/workbook.xml.rels'), {
    open: (name, { Id, Target }) => { if (name === 'Relationship' && Id && Target) found.set(Id, Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`) },
  })
  return found
}

async function workbookOf(zip: ZipFile, entries: Map<string, Entry>): Promise<{ sheets: { name: string, relation: string, hidden: boolean }[], is1904: boolean }> {
  const sheets: { name: string, relation: string, hidden: boolean }[] = []
  let is1904 = false
  if (!entries.has('xl/workbook.xml')) throw damaged()
  await parse(zip, entries.get('xl/workbook.xml'), {
    open: (name, attributes) => {
      if (name === 'workbookPr') is1904 = attributes['date1904'] === '1' || attributes['date1904'] === 'true'
      const relation = Object.entries(attributes).find(([key]) => /(?:^|:)id$/.test(key))?.[1]
      if (name === 'sheet' && relation !== undefined) sheets.push({ name: (attributes['name'] ?? '').slice(0, 200), relation, hidden: attributes['state'] === 'hidden' || attributes['state'] === 'veryHidden' })
    },
  })
  return { sheets, is1904 }
}

async function sharedTexts(zip: ZipFile, entries: Map<string, Entry>): Promise<string[]> {
  const shared: string[] = []
  let now = ''
  let inText = false
  let spoken = 0
  let characters = 0
  await parse(zip, entries.get('xl/sharedStrings.xml'), {
    open: (name) => {
      if (name === 'si') now = ''
      // How Japanese is spoken is no part of the text.
      if (name === 'rPh') spoken++
      inText = name === 't' && spoken === 0
    },
    text: (text) => {
      if (!inText) return
      characters += text.length
      if (characters > largestShared) throw tooLarge()
      now += text
    },
    close: (name) => {
      if (name === 't') inText = false
      if (name === 'rPh') spoken--
      if (name === 'si') shared.push(now)
    },
  })
  return shared
}

/** How the cells of each style are shown, as far as it changes what they say. */
async function stylesOf(zip: ZipFile, entries: Map<string, Entry>): Promise<Style[]> {
  const formats = new Map<string, string>()
  const styles: Style[] = []
  let inCells = false
  await parse(zip, entries.get('xl/styles.xml'), {
    open: (name, attributes) => {
      if (name === 'numFmt') formats.set(attributes['numFmtId'] ?? '', attributes['formatCode'] ?? '')
      if (name === 'cellXfs') inCells = true
      if (name === 'xf' && inCells) styles.push(styleOf(Number(attributes['numFmtId'] ?? 0), formats.get(attributes['numFmtId'] ?? '')))
    },
    close: (name) => { if (name === 'cellXfs') inCells = false },
  })
  return styles
}

/** Built-in formats of dates and times: ECMA-376 part 1, 18.8.30, those of East Asia included. */
function styleOf(id: number, code: string | undefined): Style {
  if (code === undefined) return (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 58) ? 'date' : (id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) ? 'time' : null
  const shown = code.replaceAll(/"[^"]*"|\\.|_.|\*./g, '').replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '').split(';')[0]!
  if (/[yd]|mmm/i.test(shown)) return 'date'
  if (/[hs]/i.test(shown)) return 'time'
  return /^0{2,}$/.test(shown) ? { zeros: shown.length } : null
}

type CellNow = { column: number, type: string, style: number, value: string, formula: boolean }

async function readSheet(zip: ZipFile, entry: Entry, book: Book, writer: PartWriter): Promise<void> {
  const ready: { line: number, cells: string[] }[] = []
  let line = 0
  let cells: string[] = []
  let cell: CellNow | null = null
  let lastColumn = -1
  let inValue = false
  let spoken = 0
  const keep = ({ column, type, style, value, formula }: CellNow): void => {
    const text = cellText(type, value, book.styles[style] ?? null, book)
    if (formula && value === '') writer.note('formulas', 1)
    if (text === '') return
    if (column >= mostColumns) throw new CsvError(line, `more than ${mostColumns} columns.`)
    while (cells.length < column) cells.push('')
    cells[column] = text
  }
  await parse(zip, entry, {
    open: (name, attributes) => {
      if (name === 'row') {
        line = Number(attributes['r'] ?? line + 1)
        cells = []
        lastColumn = -1
      } else if (name === 'c') {
        lastColumn = attributes['r'] === undefined ? lastColumn + 1 : columnOf(attributes['r'])
        cell = { column: lastColumn, type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), value: '', formula: false }
      } else if (name === 'f' && cell) cell.formula = true
      else if (name === 'rPh') spoken++
      else if (name === 'mergeCell') writer.note('merged', 1)
      inValue = name === 'v' || (name === 't' && spoken === 0)
    },
    text: (text) => {
      if (!inValue || cell === null) return
      cell.value += text
      if (cell.value.length > longestCell) throw new CsvError(line, `column ${cell.column + 1} is longer than a million characters.`)
    },
    close: (name) => {
      if (name === 'v' || name === 't') inValue = false
      else if (name === 'rPh') spoken--
      else if (name === 'c' && cell !== null) {
        keep(cell)
        cell = null
      } else if (name === 'row' && cells.length > 0) ready.push({ line, cells })
    },
  }, async () => {
    for (const row of ready.splice(0)) await writer.row(row)
  })
}

/** 'BC12' → 54 */
function columnOf(reference: string): number {
  let column = 0
  for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? 'A') column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

function cellText(type: string, value: string, style: Style, book: Book): string {
  switch (type) {
    case 's': return book.shared[Number(value)]?.trim() ?? ''
    case 'b': return value === '1' ? 'true' : 'false'
    // #N/A and its like say nothing.
    case 'e': return ''
    case 'n': return value === '' ? '' : numberText(value, style, book.is1904)
    // _x000D_ stands for a character XML cannot hold.
    default: return value.replaceAll(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))).trim()
  }
}

function numberText(value: string, style: Style, is1904: boolean): string {
  const number = Number(value)
  if (!Number.isFinite(number)) return ''
  if (style === 'date' || style === 'time') {
    const at = new Date(Math.round((number + (is1904 ? 1462 : 0)) * 86_400) * 1000 + Date.UTC(1899, 11, 30))
    if (Number.isNaN(at.getTime()) || number < 0) return String(number)
    const text = at.toISOString()
    if (style === 'time' && number < 1) return text.slice(11, 19)
    return number % 1 === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`
  }
  // 1.1000000000000001 is how binary writes 1.1; 7.9161234567E10 is a phone.
  const text = Number.isSafeInteger(number) ? number.toFixed(0) : String(Number(number.toPrecision(15)))
  return style !== null && typeof style === 'object' ? text.padStart(style.zeros, '0') : text
}

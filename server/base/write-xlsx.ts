import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

/** A time is a cell of its own kind: shown as the spreadsheet's language writes it, sorted as a time. `local`: its calendar and clock, `2026-11-24T13:05:00`. */
export type Cell = string | number | boolean | { local: string } | null | undefined

/** What a sheet holds at most; further rows go on, under the same headings, on the next sheet. */
const rowsOfSheet = 1_048_576
const textOfCell = 32_767

/**
 * A workbook of rows, written as they come: its memory is that of one row. Texts stand in the cells themselves (no table
 * of shared strings, which would have to be kept whole) and are texts whatever they begin with: nothing is a formula.
 */
export function writeXlsx(name: string, headings: string[], rows: AsyncIterable<Cell[]>, widths: number[] = []): Readable {
  const zip = new ZipFile()
  const out = zip.outputStream as Readable
  const source = rows[Symbol.asyncIterator]()
  void (async () => {
    let sheets = 0
    let pending = await source.next()
    do {
      const sheet = Readable.from(sheetOf())
      sheet.on('error', error => out.destroy(error))
      zip.addReadStream(sheet, `xl/worksheets/sheet${++sheets}.xml`, { compressionLevel: 4 })
      await new Promise((resolve, reject) => sheet.once('end', resolve).once('close', resolve).once('error', reject))
      if (out.destroyed) return
    } while (pending.done !== true)
    for (const [path, text] of partsOf(name, sheets)) zip.addBuffer(Buffer.from(text), path)
    zip.end()

    async function* sheetOf(): AsyncGenerator<string> {
      yield `${xml}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>${columnsOf(headings, widths)}<sheetData>`
      yield rowOf(headings, 2)
      let count = 1
      let text = ''
      while (pending.done !== true && count < rowsOfSheet) {
        text += rowOf(pending.value)
        if (text.length > 60_000) {
          yield text
          text = ''
        }
        count++
        pending = await source.next()
      }
      yield `${text}</sheetData></worksheet>`
    }
  })().catch((error: unknown) => out.destroy(error as Error))
  return out.once('close', () => void source.return?.())
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'

/** Styles by their number: 0 plain, 1 date and time, 2 heading, 3 date. */
function rowOf(cells: Cell[], style = 0): string {
  return `<row>${cells.map(cell => cellOf(cell, style)).join('')}</row>`
}

function cellOf(cell: Cell, style: number): string {
  if (cell === null || cell === undefined || cell === '') return '<c/>'
  if (typeof cell === 'number') return Number.isFinite(cell) ? `<c><v>${cell}</v></c>` : '<c/>'
  if (typeof cell === 'boolean') return `<c t="b"><v>${cell ? 1 : 0}</v></c>`
  if (typeof cell === 'object') return `<c s="${cell.local.length > 10 ? 1 : 3}"><v>${serialOf(cell.local)}</v></c>`
  return `<c${style === 0 ? '' : ` s="${style}"`} t="inlineStr"><is><t xml:space="preserve">${escapeText(cell.slice(0, textOfCell))}</t></is></c>`
}

/** Days since 30 December 1899, as spreadsheets count. */
const serialOf = (local: string): number => (Date.parse(`${local.length > 10 ? local : `${local}T00:00:00`}Z`) - Date.UTC(1899, 11, 30)) / 86_400_000

// XML 1.0 has no way to write most control characters, nor half of a pair of surrogates.
const escapeText = (text: string): string => text.toWellFormed().replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '')
  .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')

function columnsOf(headings: string[], widths: number[]): string {
  return headings.length === 0 ? '' : `<cols>${headings.map((heading, index) => `<col min="${index + 1}" max="${index + 1}" width="${widths[index] ?? Math.min(40, Math.max(12, heading.length + 4))}" customWidth="1"/>`).join('')}</cols>`
}

function partsOf(name: string, sheets: number): [path: string, text: string][] {
  const numbers = Array.from({ length: sheets }, (_, index) => index + 1)
  const title = escapeText(name.replace(/[\\/*?:[\]]/g, ' ').slice(0, 25)).replaceAll('"', '&quot;')
  const override = (path: string, type: string) => `<Override PartName="/${path}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${type}+xml"/>`
  return [
    ['[Content_Types].xml', `${xml}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${override('xl/workbook.xml', 'sheet.main')}${override('xl/styles.xml', 'styles')}${numbers.map(number => override(`xl/worksheets/sheet${number}.xml`, 'worksheet')).join('')}</Types>`],
    ['_rels/.rels', `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ['xl/workbook.xml', `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${numbers.map(number => `<sheet name="${title}${number === 1 ? '' : ` ${number}`}" sheetId="${number}" r:id="rId${number}"/>`).join('')}</sheets></workbook>`],
    ['xl/_rels/workbook.xml.rels', `${xml}<Relationships xmlns="${packages}/relationships">${numbers.map(number => `<Relationship Id="rId${number}" Type="${office}/worksheet" Target="worksheets/sheet${number}.xml"/>`).join('')}<Relationship Id="rId${sheets + 1}" Type="${office}/styles" Target="styles.xml"/></Relationships>`],
    ['xl/styles.xml', `${xml}<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf numFmtId="22" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`],
  ]
}

/** A file that is not CSV, with the line where that shows. */
export class CsvError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(`Line ${line}: ${message}`)
    this.line = line
  }
}

export type CsvRow = { /** of the file, from 1: where the row begins */ line: number, cells: string[] }

export const longestCell = 1_000_000
export const mostColumns = 2000

/**
 * RFC 4180, fed in parts: quoted cells may hold separators, line breaks and doubled quotes; lines end in LF, CRLF or CR.
 * A quote inside an unquoted cell stands for itself (Company "Daisy"); one after leading spaces is refused, since
 * nobody can say where that cell ends. Empty lines are left out.
 */
export class CsvReader {
  readonly #delimiter: string
  #rest = ''
  #line = 1
  #rowLine = 1
  #cells: string[] = []
  /** of a quoted cell that goes on in the next part */
  #quoted: string | null = null
  #quotedLine = 1
  #begun = false

  constructor(delimiter: string) {
    this.#delimiter = delimiter
  }

  push(part: string): CsvRow[] {
    const text = this.#rest + part
    return this.#read(!this.#begun && text.startsWith('\uFEFF') ? text.slice(1) : text, false)
  }

  end(): CsvRow[] {
    return this.#read(this.#rest, true)
  }

  #read(text: string, isEnd: boolean): CsvRow[] {
    if (text !== '') this.#begun = true
    const rows: CsvRow[] = []
    const delimiter = this.#delimiter
    const length = text.length
    let position = 0
    // `position` always stands at the beginning of a cell, or inside a quoted one.
    for (;;) {
      if (this.#quoted === null) {
        if (position >= length) break
        if (text[position] === '"') {
          this.#quoted = ''
          this.#quotedLine = this.#line
          position++
          continue
        }
        let end = position
        for (; end < length; end++) {
          const code = text.charCodeAt(end)
          if (code === 10 || code === 13 || text[end] === delimiter) break
        }
        // The cell may go on in the next part; so may a CR LF.
        if ((end >= length || (text[end] === '\r' && end + 1 >= length)) && !isEnd) break
        const cell = text.slice(position, end)
        if (/^[ \t]+"/.test(cell)) throw new CsvError(this.#line, `column ${this.#cells.length + 1} has a quotation mark after a space. Write the quotation mark right after the separator, or none.`)
        this.#take(cell)
        position = this.#afterCell(text, end, rows)
        continue
      }
      const quote = text.indexOf('"', position)
      if (quote === -1) {
        this.#quoted += text.slice(position)
        position = length
        if (this.#quoted.length > longestCell || isEnd) throw new CsvError(this.#quotedLine, 'a quotation mark opens here and is never closed.')
        break
      }
      if (quote + 1 >= length && !isEnd) {
        this.#quoted += text.slice(position, quote)
        position = quote
        break
      }
      if (text[quote + 1] === '"') {
        this.#quoted += text.slice(position, quote + 1)
        position = quote + 2
        continue
      }
      const next = text[quote + 1]
      if (next !== undefined && next !== delimiter && next !== '\n' && next !== '\r') {
        // Spaces between the closing quote and the separator are harmless.
        const spaces = /^[ ]*/.exec(text.slice(quote + 1, quote + 100))![0].length
        const after = text[quote + 1 + spaces]
        if (after === undefined && !isEnd && spaces > 0) {
          this.#quoted += text.slice(position, quote)
          position = quote
          break
        }
        if (after !== undefined && after !== delimiter && after !== '\n' && after !== '\r') {
          throw new CsvError(this.#lineAt(text, position, quote), `column ${this.#cells.length + 1} goes on after its closing quotation mark. A quotation mark inside a quoted cell is written twice ("").`)
        }
        const cell = this.#quoted + text.slice(position, quote)
        this.#closeQuoted(cell)
        position = this.#afterCell(text, quote + 1 + spaces, rows)
        continue
      }
      if (next === '\r' && quote + 2 >= length && !isEnd) {
        this.#quoted += text.slice(position, quote)
        position = quote
        break
      }
      this.#closeQuoted(this.#quoted + text.slice(position, quote))
      position = this.#afterCell(text, quote + 1, rows)
    }
    this.#rest = text.slice(position)
    // A file that is one endless line is not gathered to its end.
    if (this.#rest.length > longestCell) throw new CsvError(this.#line, `column ${this.#cells.length + 1} is longer than a million characters.`)
    if (isEnd && (this.#cells.length > 0)) {
      // The file ends behind a separator: one more, empty cell.
      this.#take('')
      this.#finishRow(rows)
    }
    return rows
  }

  #lineAt(text: string, from: number, to: number): number {
    return this.#line + countBreaks(this.#quoted ?? '') + countBreaks(text.slice(from, to))
  }

  #closeQuoted(cell: string): void {
    this.#line += countBreaks(cell)
    this.#quoted = null
    this.#take(cell)
  }

  #take(cell: string): void {
    if (cell.length > longestCell) throw new CsvError(this.#line, `column ${this.#cells.length + 1} is longer than a million characters.`)
    if (this.#cells.length >= mostColumns) throw new CsvError(this.#line, `more than ${mostColumns} columns.`)
    this.#cells.push(cell)
  }

  /** `end` stands at what ends the cell; returns where the next one begins. */
  #afterCell(text: string, end: number, rows: CsvRow[]): number {
    if (end < text.length && text[end] === this.#delimiter) {
      // Behind the last separator of the file there is one more cell, see #read.
      return end + 1
    }
    this.#finishRow(rows)
    if (end >= text.length) return end
    this.#line++
    this.#rowLine = this.#line
    return text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1
  }

  #finishRow(rows: CsvRow[]): void {
    const cells = this.#cells
    this.#cells = []
    if (cells.length === 1 && cells[0] === '') return
    if (cells.length > 0) rows.push({ line: this.#rowLine, cells })
  }
}

function countBreaks(text: string): number {
  let count = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) count++
  }
  return count
}

/** The whole text at once. */
export function parseCsv(text: string, delimiter: string): CsvRow[] {
  const reader = new CsvReader(delimiter)
  return [...reader.push(text), ...reader.end()]
}

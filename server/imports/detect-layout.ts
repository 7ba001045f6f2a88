import { CsvError, CsvReader, type CsvRow } from './read-csv.ts'
import { normaliseEmail } from '../contacts/normalise.ts'

export const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = typeof delimiters[number]

const rowsLookedAt = 200

/** The rows at the beginning of a text that may be cut anywhere. Where a later row is broken, those before it. */
export function firstRows(text: string, delimiter: string, limit = rowsLookedAt): { rows: CsvRow[], error: CsvError | null } {
  const reader = new CsvReader(delimiter)
  const rows: CsvRow[] = []
  try {
    // Fed line by line, so that what comes before a fault is kept.
    for (let from = 0; from < text.length && rows.length < limit;) {
      const end = text.indexOf('\n', from) + 1 || text.length
      rows.push(...reader.push(text.slice(from, end)))
      from = end
    }
    if (rows.length < limit) rows.push(...reader.end())
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { rows: rows.slice(0, limit), error }
  }
  return { rows: rows.slice(0, limit), error: null }
}

/** The separator under which most rows have the same number of columns, and more than one. */
export function detectDelimiter(text: string, isWhole: boolean): Delimiter {
  // The last line may be cut off.
  const sample = isWhole ? text : text.slice(0, Math.max(text.lastIndexOf('\n'), 0) || text.length)
  let best: Delimiter = ','
  let bestScore = 0
  for (const delimiter of delimiters) {
    const { rows, error } = firstRows(sample, delimiter, 100)
    if (rows.length === 0) continue
    const counts = new Map<number, number>()
    for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
    const [columns, count] = [...counts].reduce((most, one) => one[1] > most[1] ? one : most)
    if (columns < 2) continue
    const regular = count / rows.length
    const headed = rows[0]!.cells.length === columns ? 1 : 0.6
    const score = regular * headed * (1 + Math.log2(columns) / 10) * (error && isWhole ? 0.5 : 1)
    if (score > bestScore) {
      bestScore = score
      best = delimiter
    }
  }
  return best
}

/** A heading names; it holds no address, no number and no date, and no cell of it is empty and none twice. */
export function detectHeader(rows: CsvRow[]): boolean {
  const first = rows[0]?.cells
  if (first === undefined) return true
  const looksLikeData = first.some(cell => normaliseEmail(cell) !== null || /^[+(]?[\d\s().,:/+-]{2,}$/.test(cell.trim()))
  if (looksLikeData) return false
  const named = first.filter(cell => cell.trim() !== '')
  if (named.length === 0) return false
  return true
}

/**
 * One line of CSV (RFC 4180); spreadsheets of languages that write 1,5 expect `;` between the cells. A text a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
 * against CSV injection.
 */
export function csvLine(cells: (string | number | null | undefined)[], separator: ',' | ';' = ','): string {
  return `${cells.map(cell => csvCell(cell, separator)).join(separator)}\r\n`
}

export function csvCell(value: string | number | null | undefined, separator: ',' | ';' = ','): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /["\r\n]/.test(safe) || safe.includes(separator) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
}

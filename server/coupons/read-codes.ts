export type ReadCode = { line: number, code: string }
export type ReadCodes = { codes: string[], refused: (ReadCode & { message: string })[] }

const heads = /^(codes?|coupons?|promo ?codes?|промокод(ы)?|купон(ы)?|код(ы)?)$/i

/**
 * Codes out of a text: one a line, or the first column of a CSV; one single line may hold many, parted by commas,
 * semicolons or spaces. The head of a column is left out. A code is 3 to 100 characters without spaces.
 */
export function readCodes(text: string): ReadCodes {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const filled = lines.map((line, index) => ({ line: index + 1, text: line.trim() })).filter(({ text: content }) => content !== '')
  const cells: ReadCode[] = filled.length === 1
    ? filled[0]!.text.split(/[\s,;]+/).filter(code => code !== '').map(code => ({ line: 1, code: unquoted(code) }))
    : filled.map(({ line, text: content }) => ({ line, code: unquoted(content.split(/[,;\t]/)[0]!) }))
  const read: ReadCodes = { codes: [], refused: [] }
  for (const [index, { line, code }] of cells.entries()) {
    if (index === 0 && cells.length > 1 && heads.test(code)) continue
    const message = fault(code)
    if (message === null) read.codes.push(code)
    else read.refused.push({ line, code: code.slice(0, 100), message })
  }
  return read
}

const unquoted = (cell: string): string => cell.trim().replace(/^"(.*)"$/s, '$1').replaceAll('""', '"').trim()

function fault(code: string): string | null {
  if (code.length < 3) return 'is shorter than 3 characters'
  if (code.length > 100) return 'is longer than 100 characters'
  return /[\s\p{C}]/u.test(code) ? 'holds a space or an invisible character' : null
}

import { otherLayout, searchFold, searchStem } from './search-fold.ts'

export type Piece = { text: string, isMatch: boolean }

/** A text in pieces, those that fit a word of the query marked, whatever script or layout it was typed in. */
export function markMatches(text: string, query: string): Piece[] {
  const stems = query.split(/\s+/).flatMap(word => [word, otherLayout(word) ?? '']).map(searchStem).filter(stem => stem !== '')
  const isMarked = Array.from({ length: text.length }, () => false)
  for (const stem of stems) {
    const found = findStem(text, stem)
    if (found !== null) isMarked.fill(true, ...found)
  }
  const pieces: Piece[] = []
  for (const [index, letter] of [...text].entries()) {
    const last = pieces.at(-1)
    if (last !== undefined && last.isMatch === isMarked[index]) last.text += letter
    else pieces.push({ text: letter, isMatch: isMarked[index] ?? false })
  }
  return pieces
}

/** Where the stem stands: at the beginning of a word rather than within one. */
function findStem(text: string, stem: string): [number, number] | null {
  const starts = [...text].map((_, index) => index)
  const isWordStart = (index: number) => index === 0 || !/[\p{L}\p{N}]/u.test(text[index - 1]!)
  for (const from of [...starts.filter(isWordStart), ...stem.length >= 3 ? starts.filter(index => !isWordStart(index)) : []]) {
    // A letter is three letters at most when folded the other way, so longer pieces need not be tried.
    for (let to = from + 1; to <= Math.min(text.length, from + stem.length * 3); to++) {
      if (searchFold(text.slice(from, to)).startsWith(stem)) return [from, to]
    }
  }
  return null
}

import type { SearchKind, SearchResult } from '../../shared/search.ts'
import { otherLayout, searchFold, searchStem } from '../../shared/search-fold.ts'

/** A result with what it is ranked by: what it is called, what else it is known by, and what names it alone. */
export type Found = SearchResult & { also: string, exact: string[] }

const most: Record<SearchKind, number> = { contact: 8, company: 4, lead: 3, deal: 4, task: 4, segment: 4, journey: 4, campaign: 4, template: 4, form: 3 }

/**
 * The best of each kind, the kind of the best result first. A whole address, phone or number of one record stands above all,
 * then words of the name that are the word typed, then those that begin with it, then everything else.
 */
export function rankResults(typed: string, words: string[], found: Found[]): SearchResult[] {
  const scored = found.map(result => ({ result, score: scoreOf(typed, words, result) }))
  const kinds = Map.groupBy(scored, each => each.result.kind)
  return [...kinds.values()]
    .map(ofKind => ofKind.toSorted((a, b) => b.score - a.score).slice(0, most[ofKind[0]!.result.kind]))
    .toSorted((a, b) => b[0]!.score - a[0]!.score)
    .flatMap(ofKind => ofKind.map(({ result: { also: _, exact: __, ...shown } }) => shown))
}

function scoreOf(typed: string, words: string[], { title, also, exact }: Found): number {
  const whole = typed.trim().toLowerCase()
  const digits = whole.replace(/\D/g, '')
  if (exact.some(value => value.toLowerCase() === whole || value.startsWith('+') && digits.length >= 10 && value.endsWith(digits.slice(-10)))) return 1000
  const named = searchFold(title).split(/[^\p{L}\p{N}]+/u)
  const others = searchFold(also).split(/[^\p{L}\p{N}]+/u)
  const score = words.reduce((sum, word) => {
    const other = otherLayout(word)
    // The layout that is on is meant more often than the other.
    return sum + Math.max(wordScore(word, named, others), other === null ? 0 : wordScore(other, named, others) - 0.5)
  }, 0)
  return score / Math.max(1, words.length)
}

function wordScore(word: string, named: string[], others: string[]): number {
  const whole = searchFold(word)
  const stem = searchStem(word)
  if (named.includes(whole)) return 10
  if (named.some(name => name.startsWith(whole))) return 8
  if (named.some(name => name.startsWith(stem))) return 7
  if (others.includes(whole)) return 5
  return others.some(other => other.startsWith(stem)) ? 4 : 1
}

/** The words a near result was found for, as they stand on it: what was typed, without the mistake. */
export function wordsShown(words: string[], near: string[][], { title, also }: Found): string {
  const written = `${title} ${also}`.split(/[^\p{L}\p{N}'’]+/u)
  return words.map((word, index) => written.find(each => near[index]!.includes(searchFold(each))) ?? word).join(' ')
}

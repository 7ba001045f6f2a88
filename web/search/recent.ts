import type { SearchKind } from '../../shared/search.ts'

export type Recent = { kind: SearchKind, title: string, to: string }
const key = 'otklik-recent'
const most = 6

/** What this person last opened from the search, the newest first. */
export function readRecent(userId: number): Recent[] {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as { userId: number, opened: Recent[] } | null
    return kept?.userId === userId ? kept.opened : []
  } catch {
    return []
  }
}

/** Puts it in front; what is kept now. */
export function keepRecent(userId: number, opened: Recent): Recent[] {
  const kept = [opened, ...readRecent(userId).filter(each => each.to !== opened.to)].slice(0, most)
  try {
    localStorage.setItem(key, JSON.stringify({ userId, opened: kept }))
  } catch { /* storage may be closed to us */ }
  return kept
}

/** Names of people do not stay behind on a shared computer. */
export function forgetRecent(): void {
  try {
    localStorage.removeItem(key)
  } catch { /* storage may be closed to us */ }
}

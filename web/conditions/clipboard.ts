import type { Condition } from '../../shared/conditions.ts'
import { readCondition } from './condition-text.ts'

const key = 'otklik-copied-condition'

export const asText = (condition: Condition): string => JSON.stringify(condition, null, 2)

/** To the clipboard of the system, and to our own: without HTTPS browsers keep theirs closed. */
export async function copyCondition(condition: Condition): Promise<void> {
  rememberCopied(condition)
  try {
    await navigator.clipboard.writeText(asText(condition))
  } catch { /* our own has it */ }
}

export function rememberCopied(condition: Condition): void {
  try {
    localStorage.setItem(key, asText(condition))
  } catch { /* storage may be closed to us */ }
}

/** What was copied last that is a condition; nothing when there is none, or none we may read. */
export async function readCopied(): Promise<Condition | null> {
  try {
    const found = readCondition(await navigator.clipboard.readText())
    if (found !== null) return found
  } catch { /* not allowed, or there is none */ }
  try {
    return readCondition(localStorage.getItem(key) ?? '')
  } catch {
    return null
  }
}

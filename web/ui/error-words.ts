import i18next from 'i18next'
import { ApiError } from '../app/api.ts'
import type { FieldError } from '../app/api.ts'
import { serverWords } from './server-words.ts'

/** What to tell the reader: our sentence for a known code in their language, else the server's words. */
export function errorWords(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error)
  const known = i18next.t(`app:errors.${error.code}`, { defaultValue: '' })
  return known === '' ? error.message : known
}

/** Errors by field, for the `error` of inputs: `errorsByField(save.error).email` */
export function errorsByField(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {}
  return Object.fromEntries(error.errors.map(entry => [entry.field, serverWords(entry.message)]))
}

/** Field errors that no input on the page shows: they must not get lost. */
export function otherErrors(error: unknown, shown: readonly string[]): FieldError[] {
  return error instanceof ApiError ? error.errors.filter(entry => !shown.includes(entry.field)).map(entry => ({ ...entry, message: serverWords(entry.message) })) : []
}

export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === 'changed_meanwhile'

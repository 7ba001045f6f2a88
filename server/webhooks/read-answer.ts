import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { Save } from './webhook-calls.sql.ts'

/** An answer longer than this is not carried along in the enrolment; what is saved to the card is. */
const mostLearned = 8 * 1024

/**
 * What of an answer goes to the card, as an edit of it, and what the enrolment keeps. A path that leads nowhere saves
 * nothing; null empties the field. Only where something is to be saved the answer has to be JSON.
 */
export function readAnswer(body: string, save: Save[]): { input: ContactInput, learned: unknown } | { error: string } {
  const parsed = parse(body)
  if (parsed === undefined) return save.length > 0 ? { error: 'the answer is not JSON' } : { input: {}, learned: null }
  const input: Record<string, unknown> = {}
  const fields: Record<string, FieldValue> = {}
  for (const { path, field } of save) {
    const value = valueAt(parsed, path)
    if (value === undefined) continue
    if (!isFieldValue(value)) return { error: `${path}: is neither a text nor a number nor a list of texts` }
    if (field.startsWith('fields.')) fields[field.slice('fields.'.length)] = value
    else input[field] = field === 'owner_id' || value === null ? value : String(value)
  }
  return { input: { ...input, ...(Object.keys(fields).length > 0 ? { fields } : {}) }, learned: body.length <= mostLearned ? parsed : null }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string, unknown>)[part]
  }
  return at
}

const isFieldValue = (value: unknown): value is FieldValue => value === null || ['string', 'number', 'boolean'].includes(typeof value) || (Array.isArray(value) && value.every(each => typeof each === 'string'))

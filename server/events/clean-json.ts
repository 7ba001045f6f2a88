/**
 * JSON text that PostgreSQL keeps as jsonb: without NUL characters and halves of surrogate pairs, which it refuses.
 * Almost always nothing is to be cleaned, so the text is looked at first.
 */
export function cleanJson(value: unknown): string {
  const text = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(clean(value)) : text
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (value instanceof Date) return value
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), clean(inner)]))
  return value
}

const cleanText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '')

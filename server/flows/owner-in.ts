import type { FieldError } from '../base/errors.ts'

/** Whoever a file names as the owner, by email or by name; `id` undefined: the row says nothing of it, or nobody fits. */
export function ownerIn(staff: ReadonlyMap<string, number | null>, named: string | null): { id: number | undefined, errors: FieldError[] } {
  if (named === null) return { id: undefined, errors: [] }
  const found = staff.get(named.trim().toLowerCase())
  if (typeof found === 'number') return { id: found, errors: [] }
  return { id: undefined, errors: [{ field: 'owner', message: found === null ? `"${named.slice(0, 60)}" is the name of two members of staff: give the email` : `"${named.slice(0, 60)}" is no member of staff: add them, or map the name to one of yours` }] }
}

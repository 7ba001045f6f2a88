import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** What a note or file is about. Those of a deal lie with the deal's contact. */
export type Place =
  | { kind: 'contact', id: number }
  | { kind: 'company', id: number }
  | { kind: 'deal', id: number, deal_id: number }

export function tablesOf(place: Place) {
  return place.kind === 'company'
    ? { notes: 'company_notes', files: 'company_files', owner: 'company_id' } as const
    : { notes: 'notes', files: 'files', owner: 'contact_id' } as const
}

/** On a contact's card stands everything about the contact, what is about their deals as well. */
export function ownedBy(place: Place, alias: string): RawBuilder<boolean> {
  const own = sql<boolean>`${sql.ref(`${alias}.${tablesOf(place).owner}`)} = ${place.id}::bigint`
  return place.kind === 'deal' ? sql`${own} and ${sql.ref(`${alias}.deal_id`)} = ${place.deal_id}::bigint` : own
}

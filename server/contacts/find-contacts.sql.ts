import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { IdentityKind } from './check-input.ts'

export type Reference = { id?: number | null, external_id?: string | null, email?: string | null, phone?: string | null }

/**
 * References (normalised) in; for each, in order, the contact that has the first of id, external id, email and phone
 * somebody has, or null. The id of a card that was merged is that of the card it is now. An id nobody has is null even with other identities beside it. Locks nothing.
 */
export async function findContacts(db: Db, references: Reference[]): Promise<(number | null)[]> {
  if (references.length === 0) return []
  const column = (name: keyof Reference): (string | number | null)[] => references.map(reference => reference[name] ?? null)
  const found = await rows<{ contact_id: number | null }>(db, sql`
    select case when wanted.id is not null then contacts.id
      else coalesce(by_external_id.contact_id, by_email.contact_id, by_phone.contact_id) end as contact_id
    from unnest(${column('id')}::bigint[], ${column('external_id')}::text[], ${column('email')}::text[], ${column('phone')}::text[])
      with ordinality as wanted (id, external_id, email, phone, place)
    left join merged_contacts merged on merged.contact_id = wanted.id
    left join contacts on contacts.id = coalesce(merged.into_id, wanted.id)
    left join contact_identities by_external_id on by_external_id.kind = 'external_id' and by_external_id.value = wanted.external_id
    left join contact_identities by_email on by_email.kind = 'email' and by_email.value = wanted.email
    left join contact_identities by_phone on by_phone.kind = 'phone' and by_phone.value = wanted.phone
    order by wanted.place
  `)
  return found.map(row => row.contact_id)
}

/** Holds the contacts' rows in the order of ids, as everybody does who changes what hangs on them. Returns those that exist. */
export async function lockContacts(tx: Db, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const found = await rows<{ id: number }>(tx, sql`
    select id
    from contacts
    where id = any(${[...new Set(ids)]}::bigint[])
    order by id
    for no key update
  `)
  return new Set(found.map(row => row.id))
}

export type { IdentityKind }

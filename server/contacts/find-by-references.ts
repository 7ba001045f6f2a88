import type { ContactReference } from '../../shared/events.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts } from './find-contacts.sql.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from './normalise.ts'

/** Ids or references as people write them in; for each, in order, the contact or null. */
export async function findByReferences(db: Db, references: (number | ContactReference)[]): Promise<(number | null)[]> {
  const { phone_country: phoneCountry } = await readCompany(db)
  return findContacts(db, references.map(reference => typeof reference === 'number' ? { id: reference } : {
    id: reference.id ?? null,
    external_id: reference.external_id === undefined ? null : normaliseExternalId(reference.external_id),
    email: reference.email === undefined ? null : normaliseEmail(reference.email),
    phone: reference.phone === undefined ? null : normalisePhone(reference.phone, phoneCountry),
  }))
}

import { normaliseEmail } from '../contacts/normalise.ts'
import { rows, sql, type Db } from '../base/db.ts'

/** What stands on these cards now, by the names changes are told in (`city`, `company`, `fields.size`). */
export async function cardFieldsNow(db: Db, contactIds: number[]): Promise<Map<number, Record<string, unknown>>> {
  const found = await rows<{ id: number, fields: Record<string, unknown> } & Record<string, unknown>>(db, sql`
    select c.id, c.email, c.phone, c.external_id, c.first_name, c.last_name, companies.name as company, c.job_title, c.locale, c.time_zone, c.city, c.source, c.owner_id, c.fields
    from contacts c
    left join companies on companies.id = c.company_id
    where c.id = any(${contactIds}::bigint[])
  `)
  return new Map(found.map(({ id, fields, ...values }) => [id, { ...values, ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`fields.${key}`, value])) }]))
}

/** Whose an identity is, with what else the card is known by, normalised. `id` null: somebody of the same file. */
export type IdentityOwner = { id: number | null, email: string | null, external_id: string | null, name: string }

/** Identities in; their owners by the value. */
export async function identityOwners(db: Db, kind: 'phone' | 'external_id', values: string[]): Promise<Map<string, IdentityOwner>> {
  if (values.length === 0) return new Map()
  const found = await rows<IdentityOwner & { value: string }>(db, sql`
    select identity.value, c.id, c.email, c.external_id, concat_ws(' ', c.first_name, c.last_name) as name
    from contact_identities identity
    join contacts c on c.id = identity.contact_id
    where identity.kind = ${kind}
      and identity.value = any(${values}::text[])
  `)
  return new Map(found.map(({ value, ...owner }) => [value, { ...owner, email: owner.email === null ? null : normaliseEmail(owner.email) }]))
}

import type { SuppressionReason } from '../../shared/consent.ts'
import { changedRows, rows, sql, type Db } from '../base/db.ts'

export type NewSuppression = { email: string, reason: SuppressionReason, detail?: string }
export type SuppressionRow = { email: string, reason: SuppressionReason, detail: string, created_at: Date, contact_id: number | null }

/**
 * Normalised addresses in; nobody is mailed there any more. The addresses that were not suppressed before out.
 * A second run changes nothing: the first reason stays, but a complaint is never hidden behind another reason.
 */
export async function suppress(tx: Db, suppressions: NewSuppression[], now: Date): Promise<string[]> {
  const byEmail = new Map(suppressions.map(row => [row.email, row]))
  const distinct = [...byEmail.values()].toSorted((one, other) => one.email < other.email ? -1 : 1)
  if (distinct.length === 0) return []
  const written = await rows<{ email: string, added: boolean }>(tx, sql`
    insert into suppressions (email, reason, detail, created_at)
    select email, reason, detail, ${now}::timestamptz
    from unnest(${distinct.map(row => row.email)}::text[], ${distinct.map(row => row.reason)}::text[], ${distinct.map(row => row.detail ?? '')}::text[]) as wanted (email, reason, detail)
    on conflict (email) do update
    set reason = excluded.reason, detail = excluded.detail
    where excluded.reason = 'complaint'
      and suppressions.reason <> 'complaint'
    returning email, xmax = 0 as added
  `)
  return written.filter(row => row.added).map(row => row.email)
}

/** True when the address was suppressed. */
export async function removeSuppression(tx: Db, email: string): Promise<boolean> {
  return await changedRows(tx, sql`
    delete from suppressions
    where email = ${email}
  `) > 0
}

/** Addresses that were suppressed with this detail, and for nothing else, may be mailed again. A second run changes nothing. */
export async function liftSuppressions(tx: Db, emails: string[], detail: string): Promise<void> {
  await sql`
    delete from suppressions
    where email = any(${emails}::text[])
      and reason = 'manual'
      and detail = ${detail}`.execute(tx)
}

/** Some of the addresses suppressed with this detail may be mailed again; how many. To be called until none is left. */
export async function liftImported(tx: Db, detail: string, limit: number): Promise<number> {
  return changedRows(tx, sql`
    delete from suppressions
    where email in (
      select email
      from suppressions
      where detail = ${detail}
      limit ${limit}::bigint
    )
  `)
}

export type KeptSuppression = { reason: SuppressionReason, detail: string, created_at: string }

/** Addresses in; of those that are suppressed, why and since when. */
export async function suppressionsOf(db: Db, emails: string[]): Promise<Map<string, KeptSuppression>> {
  const found = await rows<KeptSuppression & { email: string }>(db, sql`select email, reason, detail, created_at::text as created_at from suppressions where email = any(${emails}::text[])`)
  return new Map(found.map(({ email, ...kept }) => [email, kept]))
}

/** Each address is suppressed as it was before, null: not at all. One that has a reason of another kind meanwhile is left alone. */
export async function restoreSuppressions(tx: Db, wanted: { email: string, before: KeptSuppression | null }[]): Promise<void> {
  await sql`
    with wanted as materialized (
      select *
      from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as wanted (email text, before jsonb)
    ), lifted as (
      delete from suppressions
      using wanted
      where suppressions.email = wanted.email
        and wanted.before is null
        and suppressions.reason in ('hard_bounce', 'soft_bounces', 'complaint')
    )
    update suppressions
    set reason = wanted.before ->> 'reason', detail = wanted.before ->> 'detail', created_at = (wanted.before ->> 'created_at')::timestamptz
    from wanted
    where suppressions.email = wanted.email
      and wanted.before is not null
      and suppressions.reason in ('hard_bounce', 'soft_bounces', 'complaint')`.execute(tx)
}

export type SuppressionFilter = { search: string, reason?: SuppressionReason | undefined }

/** The newest first, after a (time, address). */
export async function listSuppressions(db: Db, filter: SuppressionFilter, after: { created_at: string, email: string } | null, limit: number): Promise<(SuppressionRow & { cursor_at: string })[]> {
  return rows(db, sql`
    select email, reason, detail, created_at, created_at::text as cursor_at,
      (select contact_id from contact_identities where kind = 'email' and value = suppressions.email) as contact_id
    from suppressions
    where strpos(email, lower(${filter.search}::text)) > 0
      ${filter.reason === undefined ? sql`` : sql`and reason = ${filter.reason}`}
      ${after === null ? sql`` : sql`and (created_at, email) < (${after.created_at}::timestamptz, ${after.email}::text)`}
    order by created_at desc, email desc
    limit ${limit}::bigint
  `)
}

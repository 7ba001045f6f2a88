import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'

/** A row of contacts as JSON: without what the database makes of it. */
export type CardRow = {
  id: number, email: string | null, phone: string | null, external_id: string | null, first_name: string | null, last_name: string | null
  company_id: number | null, job_title: string | null, locale: string | null, time_zone: string | null, city: string | null, source: string | null, owner_id: number | null
  fields: Record<string, unknown>, import_id: number | null, revision: number, created_at: string, updated_at: string
}
/** What a merge may choose from either card. */
export const chosenColumns = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'company_id', 'job_title', 'locale', 'time_zone', 'city', 'source', 'owner_id'] as const
export type Identity = { kind: 'email' | 'phone' | 'external_id', value: string }

/** Holds these cards against everybody, in the order of ids. */
export async function holdCards(tx: Db, ids: number[]): Promise<Map<number, CardRow>> {
  const found = await rows<{ card: CardRow }>(tx, sql`select to_jsonb(c) - '{search_text,search_fold,duplicate_keys}'::text[] as card from contacts c where id = any(${ids}::bigint[]) order by id for update`)
  return new Map(found.map(({ card }) => [card.id, card]))
}

export async function identitiesOf(tx: Db, id: number): Promise<Identity[]> {
  return rows<Identity>(tx, sql`select kind, value from contact_identities where contact_id = ${id}::bigint order by kind, value`)
}

/** These identities belong to the contact, also those nobody has any more; the ones that are somebody else's stay there. */
export async function giveIdentities(tx: Db, identities: Identity[], from: number, to: number): Promise<void> {
  const given = JSON.stringify(identities)
  await sql`
    insert into contact_identities (kind, value, contact_id)
    select kind, value, ${to}::bigint
    from jsonb_to_recordset(${given}::jsonb) as given (kind text, value text)
    on conflict (kind, value) do update
    set contact_id = excluded.contact_id
    where contact_identities.contact_id = ${from}::bigint`.execute(tx)
}

/** Writes the card as it is given; the revision goes on, so that whoever has it open learns of it. */
export async function writeCardRow(tx: Db, card: CardRow, now: Date): Promise<CardRow> {
  const { written } = await one<{ written: CardRow }>(tx, sql`
    update contacts c
    set (email, phone, external_id, first_name, last_name, company_id, job_title, locale, time_zone, city, source, owner_id, fields, created_at, revision, updated_at)
      = (given.email, given.phone, given.external_id, given.first_name, given.last_name, given.company_id, given.job_title, given.locale, given.time_zone, given.city, given.source, given.owner_id, given.fields, given.created_at, c.revision + 1, ${now}::timestamptz)
    from jsonb_populate_record(null::contacts, ${JSON.stringify(card)}::jsonb) as given
    where c.id = given.id
    returning to_jsonb(c) - '{search_text,search_fold,duplicate_keys}'::text[] as written`)
  return written
}

/** A card that went is there again, under its number. Companies and users that are gone since are left out. */
export async function insertCardRow(tx: Db, card: CardRow, now: Date): Promise<void> {
  await sql`
    insert into contacts (id, email, phone, external_id, first_name, last_name, company_id, job_title, locale, time_zone, city, source, owner_id, fields, import_id, revision, created_at, updated_at)
    overriding system value
    select id, email, phone, external_id, first_name, last_name, (select id from companies where id = given.company_id), job_title, locale, time_zone, city, source,
      (select id from users where id = given.owner_id), fields, import_id, revision + 1, created_at, ${now}::timestamptz
    from jsonb_populate_record(null::contacts, ${JSON.stringify(card)}::jsonb) as given`.execute(tx)
}

export type MergeRow = {
  id: number, into_id: number, from_id: number, into_name: string | null, from_name: string | null
  merged_at: Date, merged_by: string | null, run_id: number | null, act_id: number | null, because: unknown, undone_at: Date | null, undone_by: string | null, remembered: boolean
}

const shown = sql`
  select m.id, m.into_id, m.from_id, coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.email, c.phone, c.external_id) as into_name,
    coalesce(nullif(trim(concat_ws(' ', m.from_card ->> 'first_name', m.from_card ->> 'last_name')), ''), m.from_card ->> 'email', m.from_card ->> 'phone', m.from_card ->> 'external_id') as from_name,
    m.merged_at, by_user.name as merged_by, m.run_id, m.act_id, m.because, m.undone_at, undone_user.name as undone_by, m.from_card is not null as remembered
  from merges m
  left join contacts c on c.id = m.into_id
  left join users by_user on by_user.id = m.merged_by
  left join users undone_user on undone_user.id = m.undone_by`

/** The newest first. `contact`: of one card, as the one that stayed or went; `run`: of those merged in one go. */
export async function listMerges(db: Db, filter: { contact?: number | undefined, run?: number | undefined, before: number | null, limit: number }): Promise<MergeRow[]> {
  return rows<MergeRow>(db, sql`
    ${shown}
    where (${filter.before}::bigint is null or m.id < ${filter.before}::bigint)
      and (${filter.contact ?? null}::bigint is null or ${filter.contact ?? null}::bigint in (m.into_id, m.from_id))
      and (${filter.run ?? null}::bigint is null or m.run_id = ${filter.run ?? null}::bigint)
    order by m.id desc
    limit ${filter.limit}::integer`)
}

export async function findMerge(db: Db, id: number): Promise<MergeRow | undefined> {
  return maybeOne<MergeRow>(db, sql`${shown} where m.id = ${id}::bigint`)
}

export async function insertMerge(tx: Db, merge: { into: CardRow, from: CardRow, by: number | null, run: { id: number, because: unknown } | null, now: Date }): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into merges (into_id, from_id, into_before, from_card, merged_at, merged_by, run_id, because)
    values (${merge.into.id}::bigint, ${merge.from.id}::bigint, ${JSON.stringify(merge.into)}::jsonb, ${JSON.stringify(merge.from)}::jsonb, ${merge.now}::timestamptz, ${merge.by}::bigint, ${merge.run?.id ?? null}::bigint, ${merge.run === null ? null : JSON.stringify(merge.run.because)}::jsonb)
    returning id`)
  return id
}

/** These merges were one act. */
export async function joinAct(tx: Db, ids: number[]): Promise<void> {
  await sql`update merges set act_id = ${Math.min(...ids)}::bigint where id = any(${ids}::bigint[])`.execute(tx)
}

/** The merges of the act this one was part of, or it alone, that are not undone: the newest first, as they must be undone. */
export async function mergesOfAct(tx: Db, id: number): Promise<{ id: number, from_id: number }[]> {
  return rows(tx, sql`
    select id, from_id
    from merges
    where (id = ${id}::bigint or act_id = (select act_id from merges where id = ${id}::bigint))
      and undone_at is null
    order by id desc`)
}

export async function rememberMoved(tx: Db, id: number, moved: unknown, after: CardRow): Promise<void> {
  await sql`update merges set moved = ${JSON.stringify(moved)}::jsonb, into_after = ${JSON.stringify(after)}::jsonb where id = ${id}::bigint`.execute(tx)
}

export type RememberedMerge<M> = { id: number, into_id: number, from_id: number, into_before: CardRow | null, into_after: CardRow | null, from_card: CardRow | null, moved: M | null, merged_at: Date, undone_at: Date | null }

/** Held, so that it is undone once. */
export async function holdMerge<M>(tx: Db, id: number): Promise<RememberedMerge<M> | undefined> {
  return maybeOne<RememberedMerge<M>>(tx, sql`select id, into_id, from_id, into_before, into_after, from_card, moved, merged_at, undone_at from merges where id = ${id}::bigint for update`)
}

export async function setUndone(tx: Db, id: number, by: number | null, now: Date): Promise<void> {
  await sql`update merges set undone_at = ${now}::timestamptz, undone_by = ${by}::bigint, into_before = null, into_after = null, from_card = null, moved = null where id = ${id}::bigint`.execute(tx)
}

/** Merges before that moment cannot be undone any more: what they remembered of people goes. How many. */
export async function forgetMergesBefore(db: Db, before: Date): Promise<number> {
  return (await rows(db, sql`
    update merges
    set into_before = null, into_after = null, from_card = null, moved = null
    where merged_at < ${before}::timestamptz
      and from_card is not null
    returning id`)).length
}

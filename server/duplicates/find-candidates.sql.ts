import { rows, one, sql, type Db } from '../base/db.ts'
import type { Comparable } from './compare-cards.ts'
import { mostInBlock } from './weights.ts'

/** Cards that share a key with this one; `is_name`: the key of the whole name. At most one more than are compared. */
export type Block = { contact_id: number, is_name: boolean, ids: number[] }

/** One search of the index for each key of each of these contacts; reads at most 41 cards a key, however common it is. */
export async function blocksOf(db: Db, ids: number[]): Promise<Block[]> {
  return rows<Block>(db, sql`
    with looked as materialized (
      select contacts.id, own.key, own.place
      from contacts
      cross join lateral unnest(contacts.duplicate_keys) with ordinality as own (key, place)
      where contacts.id = any(${ids}::bigint[])
        and own.key is not null
    )
    select looked.id as contact_id, looked.place = 1 as is_name, block.ids
    from looked
    cross join lateral (${sharing(sql.ref('looked.key'))}) as block
    where jsonb_array_length(block.ids) > 1`)
}

const sharing = (key: unknown) => sql`
  select jsonb_agg(found.id) as ids
  from (
    select id
    from contacts
    where duplicate_keys @> array[${key}]
    limit ${sql.lit(mostInBlock + 1)}
  ) as found`

/** The same for a card that is not written yet. */
export type Typed = { email: string | null, phone: string | null, first_name: string | null, last_name: string | null, company: string | null, city: string | null, birthday: string | null }
export async function blocksOfTyped(db: Db, typed: Typed): Promise<Block[]> {
  return rows<Block>(db, sql`
    select 0 as contact_id, own.place = 1 as is_name, block.ids
    from unnest(duplicate_keys(${typed.email}::text, ${typed.phone}::text, ${typed.first_name}::text, ${typed.last_name}::text,
      (select id from companies where lower(name) = lower(${typed.company}::text)), ${typed.city}::text, jsonb_strip_nulls(jsonb_build_object('birthday', ${typed.birthday}::text)))) with ordinality as own (key, place)
    cross join lateral (${sharing(sql.ref('own.key'))}) as block
    where block.ids is not null`)
}

export const mailboxOf = async (db: Db, email: string): Promise<string> => (await one<{ mailbox: string }>(db, sql`select duplicate_mailbox(${email}::text) as mailbox`)).mailbox

export async function comparablesOf(db: Db, ids: number[]): Promise<Map<number, Comparable>> {
  const found = await rows<Comparable & { id: number }>(db, sql`
    select contact.id, duplicate_mailbox(contact.email) as mailbox, contact.phone, contact.first_name, contact.last_name, companies.name as company, contact.city,
      card_birthday(contact.fields) as birthday, card_address(contact.fields) as address, card_postcode(contact.fields) as postcode
    from contacts contact
    left join companies on companies.id = contact.company_id
    where contact.id = any(${ids}::bigint[])`)
  return new Map(found.map(({ id, ...card }) => [id, card]))
}

/** How many cards there are, as the planner knows it: what this is used for does not need it exactly. */
export async function roughlyHowMany(db: Db): Promise<number> {
  return (await one<{ many: number }>(db, sql`select greatest(0, reltuples)::bigint as many from pg_class where oid = 'contacts'::regclass`)).many
}

export type PairOfCards = { contact_id: number, other_id: number }

/** Why certain pairs are still not merged without a person: one agreed to a topic the other withdrew from, or another program has numbers for both. */
export async function whyHeld(db: Db, pairs: PairOfCards[]): Promise<Map<string, 'consents_differ' | 'external_ids_differ'>> {
  const found = await rows<PairOfCards & { because: 'consents_differ' | 'external_ids_differ' }>(db, sql`
    select pair.contact_id, pair.other_id,
      case when own.external_id <> other.external_id then 'external_ids_differ' else 'consents_differ' end as because
    from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.other_id)}::bigint[]) as pair (contact_id, other_id)
    join contacts own on own.id = pair.contact_id
    join contacts other on other.id = pair.other_id
    where own.external_id <> other.external_id
      or exists (
        select
        from consent_states mine
        join consent_states theirs on theirs.contact_id = pair.other_id and theirs.topic_id = mine.topic_id
        where mine.contact_id = pair.contact_id
          and 'withdrawn' in (mine.status, theirs.status)
          and mine.status <> theirs.status
      )`)
  return new Map(found.map(pair => [`${pair.contact_id}-${pair.other_id}`, pair.because]))
}

import { rows, sql, type Db } from '../base/db.ts'

/**
 * Contacts and addresses in; those out to which at least `limit` mails came back softly since `since`, each mail counted
 * once. Blocks are about us, not about the address, and do not count.
 */
export async function tooManySoftBounces(tx: Db, addresses: { contact_id: number, email: string }[], limit: number, since: Date): Promise<{ email: string, bounces: number }[]> {
  if (addresses.length === 0) return []
  return rows(tx, sql`
    select given.email, count(distinct coalesce(e.message_id, -e.id)) as bounces
    from (select distinct * from unnest(${addresses.map(one => one.contact_id)}::bigint[], ${addresses.map(one => one.email)}::text[]) as given (contact_id, email)) as given
    join events e
      on e.contact_id = given.contact_id
      and e.type = 'email.bounced'
      and e.occurred_at >= ${since}::timestamptz
      and lower(e.properties ->> 'address') = given.email
      and e.properties ->> 'hard' = 'false'
      and coalesce(e.properties ->> 'blocked', 'false') = 'false'
    group by given.email
    having count(distinct coalesce(e.message_id, -e.id)) >= ${limit}`)
}

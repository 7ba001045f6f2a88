import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import type { Provider } from './provider-signatures.ts'
import type { MessageOfMail } from './messages-of-mails.sql.ts'

export type HookRow = { id: number, name: string, provider: Provider, secret: string, topic_arn: string, received: number, received_at: Date | null, refused: number, refused_at: Date | null, refusal: string | null, created_at: Date }
const columns = sql`id, name, provider, secret, topic_arn, received, received_at, refused, refused_at, refusal, created_at`

export const listHooks = (db: Db): Promise<HookRow[]> => rows(db, sql`select ${columns} from provider_hooks order by id`)
export const findHook = (db: Db, id: number): Promise<HookRow | undefined> => maybeOne(db, sql`select ${columns} from provider_hooks where id = ${id}::bigint`)

/** `secret` is encrypted, or empty. */
export async function insertHook(db: Db, hook: Pick<HookRow, 'name' | 'provider' | 'secret' | 'topic_arn'>, now: Date): Promise<HookRow> {
  return (await maybeOne<HookRow>(db, sql`
    insert into provider_hooks (name, provider, secret, topic_arn, created_at)
    values (${hook.name}, ${hook.provider}, ${hook.secret}, ${hook.topic_arn}, ${now}::timestamptz)
    returning ${columns}`))!
}

export const updateHook = (db: Db, id: number, hook: Pick<HookRow, 'name' | 'secret' | 'topic_arn'>): Promise<HookRow | undefined> => maybeOne(db, sql`
  update provider_hooks
  set name = ${hook.name}, secret = ${hook.secret}, topic_arn = ${hook.topic_arn}
  where id = ${id}::bigint
  returning ${columns}`)

export const deleteHook = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`delete from provider_hooks where id = ${id}::bigint`) > 0

export async function noteReport(db: Db, id: number, now: Date): Promise<void> {
  await sql`update provider_hooks set received = received + 1, received_at = ${now}::timestamptz where id = ${id}::bigint`.execute(db)
}

export async function noteRefusal(db: Db, id: number, reason: string, now: Date): Promise<void> {
  await sql`update provider_hooks set refused = refused + 1, refused_at = ${now}::timestamptz, refusal = ${reason} where id = ${id}::bigint`.execute(db)
}

/** For each address and contact the mail that went there last; where none did nothing. By `email`. */
export async function lastMailsTo(db: Db, pairs: { contact_id: number, email: string }[]): Promise<Map<string, MessageOfMail>> {
  if (pairs.length === 0) return new Map()
  const found = await rows<MessageOfMail & { email: string }>(db, sql`
    select wanted.email, last.*
    from (select distinct * from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.email)}::text[]) as given (contact_id, email)) as wanted
    cross join lateral (
      select m.contact_id, m.id, m.to_email, m.campaign_id, m.journey_id, m.topic_id
      from messages m
      where m.contact_id = wanted.contact_id
        and m.kind <> 'test'
        and m.sending_at is not null
        and lower(m.to_email) = wanted.email
      order by m.id desc
      limit 1
    ) last`)
  return new Map(found.map(({ email, ...message }) => [email, message]))
}

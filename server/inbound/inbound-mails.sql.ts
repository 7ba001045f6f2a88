import { createHash } from 'node:crypto'
import { rows, sql, type Db } from '../base/db.ts'
import { notify } from '../base/live.ts'

/** Bytes of one mail that are kept at most, and about what is read at once. */
const mostOfOne = 25 * 1024 * 1024

export type NewInboundMail = {
  /** 'smtp', 'mailbox:3' */
  source: string
  envelope_from: string | null
  envelope_to: string[]
  raw: Buffer
  /** of the whole mail in bytes; `raw` may be its beginning only */
  size: number
}

/**
 * Mails in, how many were new out. Part of the caller's transaction: what is acknowledged is acknowledged after its
 * commit. The same mail again, by whatever way, is not taken again.
 */
export async function keepMails(db: Db, mails: NewInboundMail[], now: Date): Promise<number> {
  if (mails.length === 0) return 0
  const distinct = [...new Map(mails.map(mail => [contentKey(mail.raw), mail]))]
  const kept = await rows(db, sql`
    with numbered as materialized (
      -- Numbered as they came, written in the order of their keys: two ways that bring the same mails do not wait for each other in a circle.
      select nextval(pg_get_serial_sequence('inbound_mails', 'id')) as id, mail.*
      from unnest(
      ${distinct.map(([key]) => key)}::uuid[], ${distinct.map(([, mail]) => mail.source)}::text[], ${distinct.map(([, mail]) => mail.envelope_from)}::text[],
      ${distinct.map(([, mail]) => mail.envelope_to.join(' '))}::text[], ${distinct.map(([, mail]) => mail.size)}::bigint[], ${distinct.map(([, mail]) => mail.raw)}::bytea[]
      ) as mail (content_key, source, envelope_from, envelope_to, size, raw)
    )
    insert into inbound_mails (id, content_key, received_at, source, envelope_from, envelope_to, size, cut, raw)
    overriding system value
    select id, content_key, ${now}::timestamptz, source, envelope_from, string_to_array(envelope_to, ' '), size, size > length(raw), raw
    from numbered
    order by content_key
    on conflict (content_key) do nothing
    returning id
  `)
  if (kept.length > 0) await notify(db, 'inbound_mails')
  return kept.length
}

/**
 * What makes two mails the same: Message-ID, sender, subject and body. The headers a server puts on top differ from one
 * way to the next, and the end of the last line may.
 */
export function contentKey(raw: Buffer): string {
  const end = raw.indexOf('\r\n\r\n')
  const bare = raw.indexOf('\n\n')
  const headEnd = end === -1 ? bare : bare === -1 ? end : Math.min(end, bare)
  const head = raw.subarray(0, headEnd === -1 ? raw.length : headEnd).subarray(0, 256 * 1024).toString('latin1').replace(/\r?\n[ \t]+/g, ' ')
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  const body = headEnd === -1 ? '' : raw.subarray(headEnd).toString('latin1').replaceAll('\r\n', '\n').trim()
  return createHash('sha256').update(JSON.stringify([field('message-id'), field('from'), field('subject'), field('date')])).update(body, 'latin1').digest('hex').slice(0, 32)
}

/** What the mails are, as they came, in the order of ids; those over `most` bytes are left out. */
export const rawMails = (db: Db, ids: number[], most: number): Promise<{ id: number, raw: Buffer }[]> => rows(db, sql`
  select id, raw
  from inbound_mails
  where id = any(${ids}::bigint[])
    and raw is not null
    and length(raw) <= ${most}
  order by id`)

export type WaitingMail = { id: number, received_at: Date, source: string, envelope_from: string | null, envelope_to: string[], size: number, cut: boolean, raw: Buffer }

/**
 * Notes that these are about to be read, committed by itself: a mail that brings a process down is not read for ever.
 * Those tried too often are put aside as failed.
 */
export async function pickWaiting(db: Db, limit: number, mostAttempts: number): Promise<number[]> {
  const picked = await rows<{ id: number, state: string }>(db, sql`
    with picked as (
      select id
      from inbound_mails
      where id in (
        -- As many as the memory can hold at once: the first, whatever its size.
        select id
        from (select id, sum(least(size, ${mostOfOne}::bigint)) over (order by id) - least(size, ${mostOfOne}::bigint) as before from (select id, size from inbound_mails where state = 'waiting' order by id limit ${limit}) as first) as summed
        where before < ${mostOfOne}::bigint
      )
        and state = 'waiting'
      order by id
      for update skip locked
    )
    update inbound_mails m
    set attempts = least(m.attempts + 1, 1000),
      state = case when m.attempts >= ${mostAttempts} then 'failed' else m.state end,
      error = case when m.attempts >= ${mostAttempts} then coalesce(m.error, 'reading it ended the process') else m.error end
    from picked
    where m.id = picked.id
    returning m.id, m.state
  `)
  return picked.filter(mail => mail.state === 'waiting').map(mail => mail.id).toSorted((one, other) => one - other)
}

/** Held until the transaction ends; what another holds or has done is left out. */
export async function holdWaiting(tx: Db, ids: number[]): Promise<WaitingMail[]> {
  return rows<WaitingMail>(tx, sql`
    select id, received_at, source, envelope_from, envelope_to, size, cut, raw
    from inbound_mails
    where id = any(${ids}::bigint[])
      and state = 'waiting'
      and raw is not null
    order by id
    for update skip locked
  `)
}

/** Those whose subject is that of a DMARC aggregate report (RFC 7489, 7.2.1.1), as far as their size is bearable. Locks nothing. */
export const reportsAmong = (db: Db, ids: number[]): Promise<{ id: number, raw: Buffer }[]> => rows(db, sql`
  select id, raw
  from inbound_mails
  where id = any(${ids}::bigint[])
    and state = 'waiting'
    and not cut
    and encode(substring(raw for 16384), 'escape') ~* 'report[ _]domain:'
  order by id`)

/** The reason a mail could not be read, for the list. It is tried again until `pickWaiting` gives it up. */
export async function noteFailure(db: Db, id: number, error: string): Promise<void> {
  await sql`update inbound_mails set error = ${error.slice(0, 1000)} where id = ${id}::bigint and state = 'waiting'`.execute(db)
}

export type ReadMail = {
  id: number, kind: string, outcome: string, rule: string, detail: string
  mail_key: string | null, from_email: string | null, from_name: string | null, subject: string, visible_text: string | null
  about_contact_id: number | null, about_message_id: number | null
}

/** What mails were taken for and what came of them. The caller holds the rows. */
export async function settleMails(tx: Db, mails: ReadMail[]): Promise<void> {
  if (mails.length === 0) return
  await sql`
    update inbound_mails m
    set state = 'done', error = null, kind = read.kind, outcome = read.outcome, rule = read.rule, detail = read.detail, mail_key = read.mail_key,
      from_email = read.from_email, from_name = read.from_name, subject = read.subject, visible_text = read.visible_text,
      about_contact_id = read.about_contact_id, about_message_id = read.about_message_id
    from jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) as read (
      id bigint, kind text, outcome text, rule text, detail text, mail_key text, from_email text, from_name text, subject text, visible_text text,
      about_contact_id bigint, about_message_id bigint)
    where m.id = read.id`.execute(tx)
}

export type InboundMailRow = {
  id: number, received_at: Date, source: string, size: number, cut: boolean, has_raw: boolean, state: 'waiting' | 'done' | 'failed', error: string | null
  kind: string | null, outcome: string | null, rule: string | null, detail: string | null, from_email: string | null, from_name: string | null, subject: string | null, visible_text: string | null
  contact_id: number | null, message_id: number | null, mailbox: string | null
}
export type InboundFilter = { kind?: string | undefined, outcome?: string | undefined, contact?: number | undefined, state?: string | undefined, search: string }

const shown = sql`
  m.id, m.received_at, m.source, m.size, m.cut, m.raw is not null as has_raw, m.state, m.error, m.kind, m.outcome, m.rule, m.detail, m.from_email, m.from_name, m.subject,
  c.id as contact_id, m.about_message_id as message_id,
  (select name from mailboxes where m.source = 'mailbox:' || mailboxes.id) as mailbox`

/** The newest first, before a number. The contact is there as long as the card is. */
export async function listInboundMails(db: Db, filter: InboundFilter, before: number | undefined, limit: number): Promise<InboundMailRow[]> {
  return rows(db, sql`
    select ${shown}, left(m.visible_text, 300) as visible_text
    from inbound_mails m
    left join contacts c on c.id = m.about_contact_id
    where ${filter.kind === undefined ? sql`true` : sql`m.kind = ${filter.kind}`}
      and ${filter.outcome === undefined ? sql`true` : sql`m.outcome = ${filter.outcome}`}
      and ${filter.state === undefined ? sql`true` : sql`m.state = ${filter.state}`}
      and ${filter.contact === undefined ? sql`true` : sql`m.about_contact_id = ${filter.contact}::bigint`}
      and ${filter.search === '' ? sql`true` : sql`strpos(lower(concat_ws(' ', m.from_email, m.from_name, m.subject, m.detail)), lower(${filter.search}::text)) > 0`}
      and ${before === undefined ? sql`true` : sql`m.id < ${before}::bigint`}
    order by m.id desc
    limit ${limit}`)
}

export const countInboundMails = (db: Db, since: Date): Promise<{ outcome: string | null, state: string, count: number }[]> => rows(db, sql`
  select outcome, state, count(*) as count
  from inbound_mails
  where received_at >= ${since}::timestamptz
  group by outcome, state`)

export async function findInboundMail(db: Db, id: number): Promise<(InboundMailRow & { raw: Buffer | null }) | undefined> {
  return (await rows<InboundMailRow & { raw: Buffer | null }>(db, sql`
    select ${shown}, m.visible_text, m.raw
    from inbound_mails m
    left join contacts c on c.id = m.about_contact_id
    where m.id = ${id}::bigint`))[0]
}

/** Those put aside wait again, as after a mended fault; how many. */
export async function retryFailedMails(db: Db): Promise<number> {
  const again = await rows(db, sql`update inbound_mails set state = 'waiting', attempts = 0, error = null where state = 'failed' and raw is not null returning id`)
  if (again.length > 0) await notify(db, 'inbound_mails')
  return again.length
}

/** Whole mails older than the time are let go of, some at a time; what they were stays. How many. */
export async function forgetRaw(db: Db, before: Date, limit: number): Promise<number> {
  return (await rows(db, sql`
    with old as (
      select id
      from inbound_mails
      where raw is not null
        and received_at < ${before}::timestamptz
        and state <> 'waiting'
      order by received_at
      limit ${limit}
      for update skip locked
    )
    update inbound_mails
    set raw = null
    from old
    where inbound_mails.id = old.id
    returning inbound_mails.id`)).length
}

/** What came from or is about somebody who is being erased. */
export async function eraseInboundMails(tx: Db, contactId: number, emails: string[]): Promise<void> {
  await sql`delete from inbound_mails where about_contact_id = ${contactId}::bigint or lower(from_email) = any(${emails}::text[])`.execute(tx)
}

/** Mails about one card are about another now; `only` these. Out: which. */
export async function moveInboundMails(tx: Db, { from, into, only }: { from: number, into: number, only?: number[] }): Promise<number[]> {
  const moved = await rows<{ id: number }>(tx, sql`
    update inbound_mails
    set about_contact_id = ${into}::bigint
    where about_contact_id = ${from}::bigint
      and (${only ?? null}::bigint[] is null or id = any(${only ?? null}::bigint[]))
    returning id`)
  return moved.map(row => row.id)
}

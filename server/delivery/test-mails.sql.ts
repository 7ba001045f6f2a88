import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'

export type NewTestMail = { to_email: string, from_email: string, subject: string, raw: Buffer, message_id: number | null, contact_id: number | null }
export type TestMailRow = { id: number, to_email: string, from_email: string, subject: string, message_id: number | null, contact_id: number | null, received_at: Date, opened_at: Date | null }

/** Mails of the built-in mailbox in, one statement. */
export async function insertTestMails(db: Db, mails: NewTestMail[], now: Date): Promise<void> {
  if (mails.length === 0) return
  await sql`
    insert into test_mails (to_email, from_email, subject, raw, message_id, contact_id_of_message, received_at)
    select to_email, from_email, subject, raw, message_id, contact_id, ${now}::timestamptz
    from unnest(
      ${mails.map(mail => mail.to_email)}::text[], ${mails.map(mail => mail.from_email)}::text[], ${mails.map(mail => mail.subject)}::text[],
      ${mails.map(mail => mail.raw)}::bytea[], ${mails.map(mail => mail.message_id)}::bigint[], ${mails.map(mail => mail.contact_id)}::bigint[]
    ) as mail (to_email, from_email, subject, raw, message_id, contact_id)`.execute(db)
}

const columns = sql`id, to_email, from_email, subject, message_id, contact_id_of_message as contact_id, received_at, opened_at`

/** Newest first, before an id. */
export async function listTestMails(db: Db, filter: { search: string, before: number | null, limit: number }): Promise<TestMailRow[]> {
  return rows(db, sql`
    select ${columns}
    from test_mails
    where (${filter.before}::bigint is null or id < ${filter.before}::bigint)
      and (${filter.search} = '' or strpos(lower(to_email || ' ' || subject), lower(${filter.search})) > 0)
    order by id desc
    limit ${filter.limit}`)
}

/** With its source; the first look is kept. */
export async function openTestMail(db: Db, id: number, now: Date): Promise<(TestMailRow & { raw: Buffer }) | undefined> {
  return maybeOne(db, sql`
    update test_mails
    set opened_at = coalesce(opened_at, ${now}::timestamptz)
    where id = ${id}::bigint
    returning ${columns}, raw`)
}

export const readTestMail = async (db: Db, id: number): Promise<Buffer | undefined> => (await maybeOne<{ raw: Buffer }>(db, sql`select raw from test_mails where id = ${id}::bigint`))?.raw

export const deleteTestMails = (db: Db): Promise<number> => changedRows(db, sql`delete from test_mails`)

export const countTestMails = async (db: Db): Promise<number> => (await maybeOne<{ count: number }>(db, sql`select count(*) as count from test_mails`))!.count

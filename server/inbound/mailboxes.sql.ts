import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'

export type SignIn = 'password' | 'google' | 'microsoft' | 'oauth2'
export type MailboxRow = {
  id: number, name: string, host: string, port: number, security: 'tls' | 'starttls' | 'none', verify: boolean
  username: string, sign_in: SignIn
  /** encrypted */
  secret: string
  folders: string[], mark_seen: boolean
  /** `placement`: a test mailbox, never read as incoming mail; `address`: where mail for it goes, null: its user name */
  purpose: 'incoming' | 'placement', address: string | null
  paused_at: Date | null, checked_at: Date | null, check_after: Date, error: string | null, error_since: Date | null, failures: number, taken: number, created_at: Date
}
export type FolderRow = { mailbox_id: number, folder: string, uid_validity: number, last_uid: number, checked_at: Date }
export type MailboxValues = Pick<MailboxRow, 'name' | 'host' | 'port' | 'security' | 'verify' | 'username' | 'sign_in' | 'secret' | 'folders' | 'mark_seen' | 'purpose' | 'address'>

const columns = sql`id, name, host, port, security, verify, username, sign_in, secret, folders, mark_seen, purpose, address, paused_at, checked_at, check_after, error, error_since, failures, taken, created_at`

export const listMailboxes = (db: Db, purpose: MailboxRow['purpose']): Promise<MailboxRow[]> => rows(db, sql`select ${columns} from mailboxes where purpose = ${purpose} order by id`)
export const addressOf = (mailbox: Pick<MailboxRow, 'address' | 'username'>): string => mailbox.address ?? mailbox.username
export const findMailbox = (db: Db, id: number): Promise<MailboxRow | undefined> => maybeOne(db, sql`select ${columns} from mailboxes where id = ${id}::bigint`)
export const listFolders = (db: Db, mailboxId?: number): Promise<FolderRow[]> => rows(db, sql`
  select mailbox_id, folder, uid_validity, last_uid, checked_at
  from mailbox_folders
  where ${mailboxId === undefined ? sql`true` : sql`mailbox_id = ${mailboxId}::bigint`}
  order by mailbox_id, folder`)

export async function insertMailbox(db: Db, mailbox: MailboxValues, now: Date): Promise<number> {
  const [made] = await rows<{ id: number }>(db, sql`
    insert into mailboxes (name, host, port, security, verify, username, sign_in, secret, folders, mark_seen, purpose, address, check_after, created_at)
    values (${mailbox.name}, ${mailbox.host}, ${mailbox.port}, ${mailbox.security}, ${mailbox.verify}, ${mailbox.username}, ${mailbox.sign_in}, ${mailbox.secret}, ${mailbox.folders}::text[], ${mailbox.mark_seen}, ${mailbox.purpose}, ${mailbox.address}::text, ${now}::timestamptz, ${now}::timestamptz)
    returning id`)
  await notify(db, 'mailboxes')
  return made!.id
}

/** Its new settings are tried at once; what went wrong with the old ones is forgotten. */
export async function updateMailbox(db: Db, id: number, mailbox: MailboxValues, now: Date): Promise<void> {
  await sql`
    update mailboxes
    set name = ${mailbox.name}, host = ${mailbox.host}, port = ${mailbox.port}, security = ${mailbox.security}, verify = ${mailbox.verify}, username = ${mailbox.username},
      sign_in = ${mailbox.sign_in}, secret = ${mailbox.secret}, folders = ${mailbox.folders}::text[], mark_seen = ${mailbox.mark_seen}, purpose = ${mailbox.purpose}, address = ${mailbox.address}::text,
      error = null, error_since = null, failures = 0, check_after = ${now}::timestamptz
    where id = ${id}::bigint`.execute(db)
  await notify(db, 'mailboxes')
}

export const deleteMailbox = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`delete from mailboxes where id = ${id}::bigint`) > 0

export async function pauseMailbox(db: Db, id: number, at: Date | null, now: Date): Promise<void> {
  await sql`update mailboxes set paused_at = ${at}::timestamptz, check_after = ${now}::timestamptz where id = ${id}::bigint`.execute(db)
  await notify(db, 'mailboxes')
}

/** Looked at as soon as a process of the role `mailbox` hears of it. */
export async function checkSoon(db: Db, id: number, now: Date): Promise<void> {
  await sql`update mailboxes set check_after = ${now}::timestamptz where id = ${id}::bigint and check_after > ${now}::timestamptz`.execute(db)
  await notify(db, 'mailboxes')
}

/** Mailboxes that are due and that nobody else looks after: ours until `heldUntil`. */
export async function holdDueMailboxes(db: Db, name: string, now: Date, heldUntil: Date): Promise<MailboxRow[]> {
  return rows(db, sql`
    update mailboxes
    set held_by = ${name}, held_until = ${heldUntil}::timestamptz
    where id in (
      select id
      from mailboxes
      where purpose = 'incoming'
        and paused_at is null
        and check_after <= ${now}::timestamptz
        and (held_by is null or held_by = ${name} or held_until < ${now}::timestamptz)
      order by check_after
      for update skip locked
    )
    returning ${columns}`)
}

/** The look is over; `error`: where it failed. Stays ours until a little after the next. */
export async function noteCheck(db: Db, id: number, look: { error: string | null, checkAfter: Date, heldUntil: Date }, now: Date): Promise<{ failures: number } | undefined> {
  const noted = await maybeOne<{ failures: number }>(db, sql`
    update mailboxes
    set checked_at = case when ${look.error}::text is null then ${now}::timestamptz else checked_at end,
      error = ${look.error}::text,
      error_since = case when ${look.error}::text is null then null else coalesce(error_since, ${now}::timestamptz) end,
      failures = case when ${look.error}::text is null then 0 else failures + 1 end,
      check_after = ${look.checkAfter}::timestamptz,
      held_until = ${look.heldUntil}::timestamptz
    where id = ${id}::bigint
    returning failures`)
  await touch(db, 'mailboxes')
  return noted
}

/** Gives all up that this process looked after, so that another need not wait. */
export async function releaseMailboxes(db: Db, name: string): Promise<void> {
  await sql`update mailboxes set held_by = null, held_until = null where held_by = ${name}`.execute(db)
}

export const findFolder = (db: Db, mailboxId: number, folder: string): Promise<FolderRow | undefined> => maybeOne(db, sql`
  select mailbox_id, folder, uid_validity, last_uid, checked_at
  from mailbox_folders
  where mailbox_id = ${mailboxId}::bigint and folder = ${folder}`)

/** How far a folder is read; in the transaction that keeps what was read. */
export async function saveFolder(tx: Db, folder: Omit<FolderRow, 'checked_at'>, taken: number, now: Date): Promise<void> {
  await sql`
    insert into mailbox_folders (mailbox_id, folder, uid_validity, last_uid, checked_at)
    select id, ${folder.folder}, ${folder.uid_validity}::bigint, ${folder.last_uid}::bigint, ${now}::timestamptz
    from mailboxes
    where id = ${folder.mailbox_id}::bigint
    on conflict (mailbox_id, folder) do update
    set uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, checked_at = excluded.checked_at`.execute(tx)
  if (taken > 0) await sql`update mailboxes set taken = taken + ${taken} where id = ${folder.mailbox_id}::bigint`.execute(tx)
}

/** A renewed secret; only while the one it was made from is still kept. */
export async function saveSecret(db: Db, id: number, before: string, after: string): Promise<void> {
  await sql`update mailboxes set secret = ${after} where id = ${id}::bigint and secret = ${before}`.execute(db)
}

/** Somebody has signed in anew: tried at once, and what went wrong before is forgotten. */
export async function saveSignIn(db: Db, id: number, secret: string, now: Date): Promise<void> {
  await sql`
    update mailboxes
    set secret = ${secret}, error = null, error_since = null, failures = 0, check_after = ${now}::timestamptz
    where id = ${id}::bigint`.execute(db)
  await notify(db, 'mailboxes')
  await touch(db, 'mailboxes')
}

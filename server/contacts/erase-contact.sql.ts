import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { changedRows, rows } from '../base/db.ts'

/** Holds the card against everybody and says what it is known by; undefined: there is none. */
export async function holdForErasure(tx: Db, id: number): Promise<{ identities: { kind: string, value: string }[] } | undefined> {
  const held = await rows(tx, sql`select from contacts where id = ${id} for update`)
  if (held.length === 0) return undefined
  return { identities: await rows<{ kind: string, value: string }>(tx, sql`select kind, value from contact_identities where contact_id = ${id}`) }
}

/** The card and everything that hangs on it. */
export async function eraseCard(tx: Db, id: number): Promise<boolean> {
  return await changedRows(tx, sql`delete from contacts where id = ${id}`) > 0
}

import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Whether it is somebody who can sign in. */
export async function userExists(db: Db, id: number): Promise<boolean> {
  return (await rows(db, sql`select from users where id = ${id} and disabled_at is null`)).length > 0
}

export async function companyExists(db: Db, id: number): Promise<boolean> {
  return (await rows(db, sql`select from companies where id = ${id}`)).length > 0
}

import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Ids of the administrators who can sign in. */
export async function administrators(db: Db): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`select id from users where role = 'administrator' and disabled_at is null order by id`)).map(user => user.id)
}

/** The same with the language each of them reads. */
export const listAdministrators = (db: Db): Promise<{ id: number, locale: 'en' | 'ru' }[]> => rows(db, sql`
  select id, locale
  from users
  where role = 'administrator'
    and disabled_at is null
  order by id`)

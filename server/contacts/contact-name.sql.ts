import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** What a person is called in lists: the name, or what is known of them. */
export const contactName = (alias: string): RawBuilder<string> => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql<string>`coalesce(nullif(trim(concat_ws(' ', ${column('first_name')}, ${column('last_name')})), ''), ${column('email')}, ${column('phone')}, ${column('external_id')}, '#' || ${column('id')})`
}

import { rows, sql, type Db } from '../base/db.ts'

/** The contacts there are, held in the order of their ids until the transaction ends, so that two writers cannot meet crosswise. */
export async function holdContacts(tx: Db, contactIds: number[]): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`
    select id
    from contacts
    where id = any(${[...new Set(contactIds)]}::bigint[])
    order by id
    for no key update
  `)).map(contact => contact.id)
}

import { rows, sql, type Db } from '../base/db.ts'

/** What lies in the test mailbox for one card is for another now; `only` these. Out: which. */
export async function moveTestMails(tx: Db, { from, into, only }: { from: number, into: number, only?: number[] }): Promise<number[]> {
  const moved = await rows<{ id: number }>(tx, sql`
    update test_mails
    set contact_id_of_message = ${into}::bigint
    where contact_id_of_message = ${from}::bigint
      and (${only ?? null}::bigint[] is null or id = any(${only ?? null}::bigint[]))
    returning id`)
  return moved.map(row => row.id)
}

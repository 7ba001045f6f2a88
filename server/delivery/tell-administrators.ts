import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { Db } from '../base/db.ts'
import { listAdministrators } from './senders.sql.ts'

type Words = { en: string, ru: string }

/** A notification to all administrators in their languages; of one `key` only one is made. */
export async function tellAdministrators(db: Db, news: { title: Words, body: Words, link: string, key: string }, now: Date): Promise<void> {
  const people = await listAdministrators(db)
  await notifyUsers(db, people.map(({ id, locale }) => ({ user_id: id, title: news.title[locale], body: news.body[locale].slice(0, 500), link: news.link, source_key: news.key })), now)
}

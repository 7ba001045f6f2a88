import { rows, sql, type Db } from '../base/db.ts'

export type TopicRow = {
  id: number
  key: string
  name_en: string
  name_ru: string
  description_en: string
  description_ru: string
  position: number
  archived_at: Date | null
  granted_count: number
}

const columns = sql`
  id, key, name_en, name_ru, description_en, description_ru, position, archived_at,
  (select count(*) from consent_states where topic_id = topics.id and status = 'granted') as granted_count`

/** Topics in their order, those in use first. */
export async function listTopics(db: Db): Promise<TopicRow[]> {
  return rows<TopicRow>(db, sql`
    select ${columns}
    from topics
    order by archived_at is not null, position, id
  `)
}

/** Topics in use, in their order, without the counts: what forms and the preference page offer. */
export async function offeredTopics(db: Db): Promise<Omit<TopicRow, 'granted_count'>[]> {
  return rows<TopicRow>(db, sql`
    select id, key, name_en, name_ru, description_en, description_ru, position, archived_at
    from topics
    where archived_at is null
    order by position, id
  `)
}

export async function findTopic(db: Db, id: number): Promise<TopicRow | undefined> {
  const [found] = await rows<TopicRow>(db, sql`
    select ${columns}
    from topics
    where id = ${id}::bigint
  `)
  return found
}

export type NewTopic = { key: string, name_en: string, name_ru: string, description_en: string, description_ru: string, position?: number | undefined }

/** One new topic, last in the order unless it says where; undefined when the key is taken. */
export async function insertTopic(tx: Db, topic: NewTopic, now: Date): Promise<number | undefined> {
  const [inserted] = await rows<{ id: number }>(tx, sql`
    insert into topics (key, name_en, name_ru, description_en, description_ru, position, created_at)
    values (${topic.key}, ${topic.name_en}, ${topic.name_ru}, ${topic.description_en}, ${topic.description_ru},
      coalesce(${topic.position ?? null}::int, (select coalesce(max(position), 0) + 1 from topics)), ${now}::timestamptz)
    on conflict (key) do nothing
    returning id
  `)
  return inserted?.id
}

/** What is given is changed, the rest stays. */
export async function updateTopic(tx: Db, id: number, change: Partial<Omit<NewTopic, 'key'>> & { archived?: boolean | undefined }, now: Date): Promise<boolean> {
  const { archived, ...values } = change
  const changed = await rows(tx, sql`
    update topics
    set name_en = coalesce(${values.name_en ?? null}, name_en),
      name_ru = coalesce(${values.name_ru ?? null}, name_ru),
      description_en = coalesce(${values.description_en ?? null}, description_en),
      description_ru = coalesce(${values.description_ru ?? null}, description_ru),
      position = coalesce(${values.position ?? null}::int, position),
      archived_at = case ${archived ?? null}::boolean when true then coalesce(archived_at, ${now}::timestamptz) when false then null else archived_at end
    where id = ${id}::bigint
    returning id
  `)
  return changed.length > 0
}

import type { Db } from '../base/db.ts'
import { insertTopic } from './topics.sql.ts'

/** The topics a new company begins with. A second run makes none. */
export async function seedTopics(tx: Db, now: Date): Promise<void> {
  await insertTopic(tx, {
    key: 'news', name_en: 'News', name_ru: 'Новости', position: 1,
    description_en: 'What is new, useful articles, events.', description_ru: 'Что нового, полезные статьи, события.',
  }, now)
  await insertTopic(tx, {
    key: 'offers', name_en: 'Offers', name_ru: 'Акции', position: 2,
    description_en: 'Discounts and special offers.', description_ru: 'Скидки и специальные предложения.',
  }, now)
}

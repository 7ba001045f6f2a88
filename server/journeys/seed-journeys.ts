import type { Db } from '../base/db.ts'
import { insertJourney } from './journeys.sql.ts'
import { findSeeds } from './seed-journeys.sql.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'

type Templates = { welcome: number, welcome_reminder: number, thanks: number, reactivation: number }
type Example = { key: string, name: { en: string, ru: string }, description: { en: string, ru: string }, draft: JourneyGraph }

/**
 * The ready-made journeys, as drafts in the company's language: each says in its description what it does and what
 * to look at before it is activated. A second run makes none twice.
 */
export async function seedJourneys(tx: Db, company: { language: string }, templates: Templates, now: Date): Promise<void> {
  const language = company.language === 'ru' ? 'ru' : 'en'
  const seeds = await findSeeds(tx)
  for (const example of examples(templates, seeds)) {
    if (seeds.journeys.includes(example.key)) continue
    await insertJourney(tx, { name: example.name[language], description: example.description[language], draft: example.draft, example_key: example.key, created_by: null }, now)
  }
}

function examples(templates: Templates, { offers, lostBuyers }: { offers: number | null, lostBuyers: number | null }): Example[] {
  return [
    {
      key: 'welcome',
      name: { en: 'Welcome', ru: 'Приветственная серия' },
      description: {
        en: 'Starts when somebody confirms a subscription from any of your forms. Sends the welcome mail, waits up to two days for a click, and reminds those who have not clicked. Look at both mails, then activate.',
        ru: 'Начинается, когда человек подтвердил подписку через любую вашу форму. Отправляет приветственное письмо, до двух дней ждёт клика и напоминает тем, кто не кликнул. Посмотрите оба письма и запускайте.',
      },
      draft: {
        format: 1,
        trigger: { kind: 'form', form_id: null },
        entry_condition: null,
        reentry: 'once',
        first: 'welcome',
        steps: {
          welcome: { kind: 'mail', template_id: templates.welcome, topic_id: null, next: 'reaction' },
          reaction: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'welcome', timeout: { amount: 2, unit: 'days' }, next: 'clicked', next_timeout: 'clicked' },
          clicked: { kind: 'condition', condition: { mail_step: 'welcome', reaction: 'clicked', happened: true }, next_yes: 'end', next_no: 'reminder' },
          reminder: { kind: 'mail', template_id: templates.welcome_reminder, topic_id: null, next: 'end' },
          end: { kind: 'end' },
        },
      },
    },
    {
      key: 'reactivation',
      name: { en: 'Win back buyers', ru: 'Возвращение покупателей' },
      description: {
        en: 'Starts when a buyer enters the segment of those who have not returned for half a year. Sends a mail with a promo code and waits two weeks for an order: the report then shows who came back. People already in the segment are not mailed, only who enters it from the activation on; the others can be added by hand with “Add people”.',
        ru: 'Начинается, когда покупатель попадает в сегмент не возвращавшихся полгода. Отправляет письмо с промокодом и две недели ждёт заказа: в отчёте видно, кто вернулся. Тем, кто уже в сегменте, письма не уйдут, только тем, кто попадёт в него после запуска; остальных можно добавить кнопкой «Добавить людей».',
      },
      draft: {
        format: 1,
        trigger: { kind: 'segment_entered', segment_id: lostBuyers },
        entry_condition: null,
        reentry: 'again',
        first: 'promo',
        steps: {
          promo: { kind: 'mail', template_id: templates.reactivation, topic_id: offers, next: 'order' },
          order: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: { amount: 2, unit: 'weeks' }, next: 'end', next_timeout: 'end' },
          end: { kind: 'end' },
        },
      },
    },
    {
      key: 'thanks',
      name: { en: 'Thanks after an order', ru: 'Спасибо за заказ' },
      description: {
        en: 'Starts with every order that comes in (by API or import, not older than three days). An hour later it sends thanks with what was bought. It goes to every buyer, subscribed or not, so keep advertising out of this mail.',
        ru: 'Начинается с каждого нового заказа (через API или импорт, не старше трёх дней). Через час отправляет благодарность со списком покупок. Письмо уходит каждому покупателю, подписан он или нет, поэтому не добавляйте в него рекламу.',
      },
      draft: {
        format: 1,
        trigger: { kind: 'event', event: 'order.placed' },
        entry_condition: null,
        reentry: 'again',
        first: 'pause',
        steps: {
          pause: { kind: 'wait', duration: { amount: 1, unit: 'hours' }, next: 'thanks' },
          thanks: { kind: 'mail', template_id: templates.thanks, topic_id: null, next: 'end' },
          end: { kind: 'end' },
        },
      },
    },
  ]
}

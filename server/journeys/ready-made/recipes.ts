import type { Condition } from '../../../shared/conditions.ts'
import type { JourneyGraph, JourneyStep } from '../../../shared/journeys.ts'
import type { ReadyMadeKey } from '../../../shared/ready-made.ts'
import type { MailKey } from './mails.ts'

type Words = { en: string, ru: string }
/** What a recipe's journey refers to; null while nothing is made yet, as in the preview. */
export type Parts = { mail: (key: MailKey) => number | null, topic: number | null, user: 'owner' | number, segment: number | null, tag: number | null, pool: number | null }

export type Recipe = {
  key: ReadyMadeKey
  name: Words
  mails: MailKey[]
  /** made with it where it does not exist yet */
  segment?: { name: Words, description: Words, condition: Condition }
  field?: { key: string, label: Words }
  tag?: Words
  pool?: { name: Words, pattern: string, valid_days: number }
  choices: ('topic' | 'user')[]
  graph: (parts: Parts) => JourneyGraph
}

const hours = (amount: number) => ({ amount, unit: 'hours' as const })
const days = (amount: number) => ({ amount, unit: 'days' as const })
const end: JourneyStep = { kind: 'end' }

/** Steps named by their keys, the first one first. */
function graphOf(trigger: JourneyGraph['trigger'], steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph {
  return { format: 1, trigger, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0]!, steps, ...more }
}

export const recipes: Recipe[] = [
  {
    key: 'welcome', name: { en: 'Welcome series', ru: 'Приветственная серия' }, mails: ['welcome', 'welcome_reminder', 'welcome_popular'], choices: ['topic'],
    graph: ({ mail, topic }) => graphOf({ kind: 'form', form_id: null }, {
      hello: { kind: 'mail', template_id: mail('welcome'), topic_id: topic, next: 'reaction' },
      reaction: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'hello', timeout: days(2), next: 'pause', next_timeout: 'reminder' },
      reminder: { kind: 'mail', template_id: mail('welcome_reminder'), topic_id: topic, next: 'pause' },
      pause: { kind: 'wait', duration: days(3), next: 'popular' },
      popular: { kind: 'mail', template_id: mail('welcome_popular'), topic_id: topic, next: 'end' },
      end,
    }, { goals: [{ key: 'ordered', name: 'order.placed', condition: { event: 'order.placed', window: { since_entry: true } }, to: null }] }),
  },
  {
    key: 'abandoned_cart', name: { en: 'Abandoned cart', ru: 'Брошенная корзина' }, mails: ['cart', 'cart_last'], choices: ['topic'],
    graph: ({ mail, topic }) => graphOf({ kind: 'event', event: 'cart.updated' }, {
      ordered: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: hours(3), next: 'end', next_timeout: 'reminder' },
      reminder: { kind: 'mail', template_id: mail('cart'), topic_id: topic, next: 'ordered_later' },
      ordered_later: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: days(1), next: 'end', next_timeout: 'last' },
      last: { kind: 'mail', template_id: mail('cart_last'), topic_id: topic, next: 'end' },
      end,
    }, { reentry: 'again', reentry_after: days(7) }),
  },
  {
    key: 'reactivation', name: { en: 'Bring buyers back', ru: 'Возвращение покупателей' }, mails: ['reactivation'], choices: ['topic'],
    segment: {
      name: { en: 'Bought, but not for 90 days', ru: 'Покупали, но не в последние 90 дней' }, description: { en: 'Of the ready-made journey “Bring buyers back”', ru: 'Для готовой цепочки «Возвращение покупателей»' },
      condition: { all: [{ field: 'orders_count', operator: 'at_least', value: 1 }, { field: 'last_order_at', operator: 'more_than_ago', value: days(90) }] },
    },
    graph: ({ mail, topic, segment }) => graphOf({ kind: 'segment_entered', segment_id: segment }, {
      promo: { kind: 'mail', template_id: mail('reactivation'), topic_id: topic, next: 'ordered' },
      ordered: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: days(14), next: 'end', next_timeout: 'end' },
      end,
    }, { reentry: 'again', reentry_after: days(90) }),
  },
  {
    key: 'post_purchase', name: { en: 'After an order: three mails', ru: 'После покупки: три письма' }, mails: ['thanks', 'goes_well', 'next_order'], choices: ['topic'],
    graph: ({ mail, topic }) => graphOf({ kind: 'event', event: 'order.placed' }, {
      pause: { kind: 'wait', duration: hours(1), next: 'thanks' },
      thanks: { kind: 'mail', template_id: mail('thanks'), topic_id: null, next: 'week' },
      week: { kind: 'wait', duration: days(7), next: 'goes_well' },
      goes_well: { kind: 'mail', template_id: mail('goes_well'), topic_id: topic, next: 'month' },
      month: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: days(23), next: 'end', next_timeout: 'next_order' },
      next_order: { kind: 'mail', template_id: mail('next_order'), topic_id: topic, next: 'end' },
      end,
    }, { reentry: 'again' }),
  },
  {
    key: 'birthday', name: { en: 'Birthday', ru: 'День рождения' }, mails: ['birthday'], choices: ['topic'],
    field: { key: 'birthday', label: { en: 'Birthday', ru: 'День рождения' } },
    pool: { name: { en: 'Birthday present', ru: 'Подарок ко дню рождения' }, pattern: 'BDAY-********', valid_days: 14 },
    graph: ({ mail, topic, pool }) => graphOf({ kind: 'date', field: 'fields.birthday', offset_days: 0, at: '10:00', repeat: 'yearly' }, {
      present: { kind: 'give_coupon', pool_id: pool, next: 'wishes' },
      wishes: { kind: 'mail', template_id: mail('birthday'), topic_id: topic, next: 'end' },
      end,
    }, { reentry: 'again' }),
  },
  {
    key: 'lead_nurture', name: { en: 'Enquiry: warm up and hand over', ru: 'Заявка: прогрев и передача менеджеру' }, mails: ['nurture', 'nurture_question'], choices: ['topic', 'user'],
    graph: ({ mail, topic, user }) => graphOf({ kind: 'form', form_id: null }, {
      first: { kind: 'mail', template_id: mail('nurture'), topic_id: topic, next: 'interest' },
      interest: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'first', timeout: days(3), next: 'lead', next_timeout: 'question' },
      question: { kind: 'mail', template_id: mail('nurture_question'), topic_id: topic, next: 'interest_later' },
      interest_later: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'question', timeout: days(5), next: 'lead', next_timeout: 'end' },
      lead: { kind: 'create_lead', label: 'nurtured', next: 'manager' },
      manager: { kind: 'assign_manager', rule: { kind: 'user', user: user === 'owner' ? null : user }, replace: false, next: 'call' },
      call: { kind: 'create_task', title: '☎ {{ contact.first_name }}', due_in: days(1), assignee: 'owner', next: 'end' },
      end,
    }),
  },
  {
    key: 'review', name: { en: 'Asking for a review', ru: 'Просьба об отзыве' }, mails: ['review'], choices: ['topic'],
    graph: ({ mail, topic }) => graphOf({ kind: 'event', event: 'order.placed' }, {
      use: { kind: 'wait', duration: days(14), next: 'cancelled' },
      cancelled: { kind: 'condition', condition: { event: 'order.cancelled', window: { last: days(14) } }, next_yes: 'end', next_no: 'ask' },
      ask: { kind: 'mail', template_id: mail('review'), topic_id: topic, next: 'end' },
      end,
    }, { reentry: 'again', reentry_after: days(60) }),
  },
  {
    key: 'sunset', name: { en: 'Win back the silent or let them go', ru: 'Вернуть молчащих или отпустить' }, mails: ['still_want', 'last_letter'], choices: ['topic'],
    tag: { en: 'no longer reads', ru: 'больше не читает' },
    segment: {
      name: { en: 'Subscribed, opened nothing for 180 days', ru: 'Подписаны, но 180 дней ничего не открывали' }, description: { en: 'Of the ready-made journey “Win back the silent or let them go”', ru: 'Для готовой цепочки «Вернуть молчащих или отпустить»' },
      condition: { all: [{ consent: 'granted', topic: null }, { field: 'subscribed_at', operator: 'more_than_ago', value: days(180) }, { field: 'mails_sent', operator: 'at_least', value: 5 }, { field: 'last_open_at', operator: 'not_in_last', value: days(180) }, { field: 'last_click_at', operator: 'not_in_last', value: days(180) }] },
    },
    graph: ({ mail, topic, segment, tag }) => graphOf({ kind: 'segment_entered', segment_id: segment }, {
      still_want: { kind: 'mail', template_id: mail('still_want'), topic_id: topic, next: 'reaction' },
      reaction: { kind: 'wait_for_event', event: 'email.opened', mail_step: 'still_want', timeout: days(14), next: 'end', next_timeout: 'last_letter' },
      last_letter: { kind: 'mail', template_id: mail('last_letter'), topic_id: topic, next: 'last_reaction' },
      last_reaction: { kind: 'wait_for_event', event: 'email.opened', mail_step: 'last_letter', timeout: days(7), next: 'end', next_timeout: 'withdraw' },
      withdraw: { kind: 'change_topic', topic_id: topic, action: 'withdraw', wording: '', next: 'mark' },
      mark: { kind: 'add_tag', tag_id: tag, next: 'end' },
      end,
    }, { reentry: 'again' }),
  },
]

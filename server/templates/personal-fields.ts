import type { MailLocale } from '../../shared/templates.ts'

/**
 * What a mail may say about its recipient, for the insert menu, the documentation and the check of unknown fields.
 * `always`: never empty, so needs no fallback.
 */
export type PersonalField = { path: string, label: Record<MailLocale, string>, group: 'contact' | 'custom' | 'orders' | 'company' | 'links', example: string, always: boolean }

export const personalFields: PersonalField[] = [
  { path: 'contact.first_name', label: { en: 'First name', ru: 'Имя' }, group: 'contact', example: 'Анна', always: false },
  { path: 'contact.last_name', label: { en: 'Last name', ru: 'Фамилия' }, group: 'contact', example: 'Иванова', always: false },
  { path: 'contact.full_name', label: { en: 'Full name', ru: 'Имя и фамилия' }, group: 'contact', example: 'Анна Иванова', always: false },
  { path: 'contact.email', label: { en: 'Email', ru: 'Электронная почта' }, group: 'contact', example: 'anna@example.com', always: true },
  { path: 'contact.phone', label: { en: 'Phone', ru: 'Телефон' }, group: 'contact', example: '+79161234567', always: false },
  { path: 'contact.city', label: { en: 'City', ru: 'Город' }, group: 'contact', example: 'Казань', always: false },
  { path: 'contact.company', label: { en: 'Company they work for', ru: 'Компания контакта' }, group: 'contact', example: 'ООО «Ромашка»', always: false },
  { path: 'contact.source', label: { en: 'Source', ru: 'Источник' }, group: 'contact', example: 'instagram', always: false },
  { path: 'contact.external_id', label: { en: 'External id', ru: 'Внешний код' }, group: 'contact', example: 'C-1042', always: false },
  { path: 'contact.id', label: { en: 'Number of the card', ru: 'Номер карточки' }, group: 'contact', example: '1042', always: true },
  { path: 'contact.locale', label: { en: 'Language', ru: 'Язык' }, group: 'contact', example: 'ru', always: false },
  { path: 'contact.time_zone', label: { en: 'Time zone', ru: 'Часовой пояс' }, group: 'contact', example: 'Europe/Moscow', always: false },
  { path: 'contact.orders_count', label: { en: 'Number of orders', ru: 'Число заказов' }, group: 'orders', example: '3', always: true },
  { path: 'contact.revenue', label: { en: 'Sum of orders', ru: 'Сумма заказов' }, group: 'orders', example: '4500', always: true },
  { path: 'contact.revenue_text', label: { en: 'Sum of orders, with the currency', ru: 'Сумма заказов с валютой' }, group: 'orders', example: '4 500 ₽', always: true },
  { path: 'contact.average_order', label: { en: 'Average order', ru: 'Средний чек' }, group: 'orders', example: '1500', always: true },
  { path: 'contact.last_order_at', label: { en: 'Date of the last order', ru: 'Дата последнего заказа' }, group: 'orders', example: '2026-10-01', always: false },
  { path: 'contact.first_order_at', label: { en: 'Date of the first order', ru: 'Дата первого заказа' }, group: 'orders', example: '2026-02-01', always: false },
  { path: 'contact.subscribed_at', label: { en: 'Subscribed on', ru: 'Дата подписки' }, group: 'contact', example: '2026-01-15', always: false },
  { path: 'coupon.code', label: { en: 'Coupon code', ru: 'Промокод' }, group: 'orders', example: 'SPRING-7KQ4XM2P', always: false },
  { path: 'coupon.valid_until', label: { en: 'Coupon valid until', ru: 'Промокод действует до' }, group: 'orders', example: '2026-12-01', always: false },
  { path: 'company.name', label: { en: 'Your company', ru: 'Ваша компания' }, group: 'company', example: 'Лавка', always: true },
  { path: 'company.postal_address', label: { en: 'Your postal address', ru: 'Ваш почтовый адрес' }, group: 'company', example: 'Москва, ул. Мира, 1', always: false },
  { path: 'company.email', label: { en: 'Your address for mail', ru: 'Ваш адрес отправителя' }, group: 'company', example: 'hello@example.com', always: true },
  { path: 'unsubscribe_url', label: { en: 'Unsubscribe link', ru: 'Ссылка для отписки' }, group: 'links', example: 'https://…/u/…', always: true },
  { path: 'preferences_url', label: { en: 'Link to choose topics', ru: 'Ссылка на выбор тем' }, group: 'links', example: 'https://…/p/…', always: true },
  { path: 'confirm_url', label: { en: 'Link that confirms the subscription', ru: 'Ссылка подтверждения подписки' }, group: 'links', example: 'https://…/c/…', always: true },
]

/** Also readable, but not offered in the menu. */
export const otherRoots = ['now', 'locale', 'time_zone', 'context', 'event', 'products', 'product', 'forloop', 'tablerowloop', 'blank', 'empty', 'true', 'false', 'nil', 'null']
export const otherPaths = ['contact.tags', 'contact.fields', 'contact.currency']

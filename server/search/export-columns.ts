import type { ContactListRow, CustomField, FieldValue } from '../../shared/contacts.ts'
import type { Cell } from '../base/write-xlsx.ts'
import type { ExportColumns } from './export-columns.sql.ts'

export type Language = 'en' | 'ru'
/** A contact as an export sees it. */
export type ExportRow = { row: ContactListRow, more: ExportColumns | undefined, enteredAt: string | null }
/** `time`: the value is a moment, written on the clock of the company. */
export type ExportColumn = { name: string, headings: Record<Language, string>, time?: true, value: (of: ExportRow) => Cell }

const column = (name: string, en: string, ru: string, value: ExportColumn['value']): ExportColumn => ({ name, headings: { en, ru }, value })
const time = (name: string, en: string, ru: string, value: (of: ExportRow) => string | null): ExportColumn => ({ name, headings: { en, ru }, time: true, value })

export const enteredAt = time('entered_at', 'In the segment since', 'В сегменте с', of => of.enteredAt)

export const cardColumns: ExportColumn[] = [
  column('id', 'Number', 'Номер', ({ row }) => row.id),
  column('name', 'Name', 'Имя и фамилия', ({ row }) => row.name),
  column('email', 'Email', 'Email', ({ row }) => row.email),
  column('phone', 'Phone', 'Телефон', ({ row }) => row.phone),
  column('external_id', 'External id', 'Внешний номер', ({ row }) => row.external_id),
  column('first_name', 'First name', 'Имя', ({ row }) => row.first_name),
  column('last_name', 'Last name', 'Фамилия', ({ row }) => row.last_name),
  column('company', 'Company', 'Компания', ({ row }) => row.company),
  column('city', 'City', 'Город', ({ row }) => row.city),
  column('locale', 'Language', 'Язык', ({ row }) => row.locale),
  column('time_zone', 'Time zone', 'Часовой пояс', ({ row }) => row.time_zone),
  column('source', 'Source', 'Источник', ({ row }) => row.source),
  column('owner', 'Manager', 'Менеджер', ({ row }) => row.owner?.name),
  column('tags', 'Tags', 'Метки', ({ row }) => row.tags.map(tag => tag.name).join(', ')),
  column('subscribed_to', 'Subscribed to', 'Подписки', ({ more }) => more?.subscribed_to),
  column('orders_count', 'Orders', 'Заказов', ({ row }) => row.orders_count),
  column('revenue', 'Revenue', 'Оборот', ({ row }) => row.revenue),
  column('currency', 'Currency', 'Валюта', ({ row }) => row.currency),
  column('engagement_score', 'Engagement', 'Вовлечённость', ({ row }) => row.engagement_score),
  column('rfm_class', 'RFM class', 'Класс RFM', ({ row }) => row.rfm_class),
  column('predicted_value', 'Expected revenue', 'Ожидаемая выручка', ({ row }) => row.predicted_value),
  column('mails_sent', 'Mails sent', 'Писем отправлено', ({ row }) => row.mails_sent),
  time('last_order_at', 'Last order', 'Последний заказ', ({ row }) => row.last_order_at),
  time('last_mail_at', 'Last mail', 'Последнее письмо', ({ row }) => row.last_mail_at),
  time('last_open_at', 'Last open', 'Последнее открытие', ({ row }) => row.last_open_at),
  time('last_click_at', 'Last click', 'Последний переход', ({ row }) => row.last_click_at),
  time('last_visit_at', 'Last visit', 'Последний визит', ({ row }) => row.last_visit_at),
  time('last_event_at', 'Last activity', 'Последняя активность', ({ row }) => row.last_event_at),
  time('created_at', 'Added', 'Добавлен', ({ row }) => row.created_at),
  time('updated_at', 'Changed', 'Изменён', ({ row }) => row.updated_at),
]

export const fieldColumn = (field: Pick<CustomField, 'key' | 'label' | 'kind'>): ExportColumn => ({
  name: `fields.${field.key}`, headings: { en: field.label, ru: field.label }, value: ({ row }) => fieldCell(field, row.fields[field.key]),
})

function fieldCell(field: Pick<CustomField, 'kind'>, value: FieldValue | undefined): Cell {
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) return value.join(', ')
  return field.kind === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? { local: value } : value
}

import { useMemo } from 'react'
import type { ReactNode } from 'react'
import { Badge, Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ContactListRow, FieldValue } from '../../shared/contacts.ts'
import { useMay } from '../app/session.tsx'
import { useClassName } from '../features/class-name.ts'
import { useFormat } from '../ui/format.ts'
import type { Column } from '../ui/list-columns.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useCardFields } from './card-fields.ts'
import type { CardField } from './card-fields.ts'
import { CellEditor } from './cell-editor.tsx'
import { FieldValueText } from './field-value.tsx'
import { PersonCell } from './person-cell.tsx'
import { useCustomFields } from './use-reference.ts'

const zero = (text: string) => <Text size="sm" c="dimmed">{text}</Text>
const time = (at: string | null) => at === null ? null : <TimeAgo time={at} size="sm" />

/** Everything a list of contacts can show, by the names the API sorts and exports it by. */
export function useContactColumns(): Column<ContactListRow>[] {
  const { t, i18n } = useTranslation('contacts')
  const format = useFormat()
  const custom = useCustomFields()
  const fields = useCardFields()
  const className = useClassName()
  const may = useMay('contacts')
  return useMemo(() => {
    const languages = new Intl.DisplayNames([i18n.language], { type: 'language' })
    const edited = (name: string): Pick<Column<ContactListRow>, 'edit'> => {
      const field = fields.get(name)
      return field === undefined || !may ? {} : { edit: (row, editing) => <CellEditor key={`${row.id}:${name}`} row={row} field={field} editing={editing} words={value => wordsOf(field, value)} /> }
    }
    const column = (key: string, render: Column<ContactListRow>['render'], more: Partial<Column<ContactListRow>> = {}): Column<ContactListRow> => ({ key, label: t(`columns.${key}`), render, hidden: true, ...more })
    const own = (key: 'first_name' | 'last_name' | 'email' | 'phone' | 'external_id' | 'company' | 'city' | 'source' | 'time_zone', more: Partial<Column<ContactListRow>> = {}) => column(key, row => row[key], { ...edited(key), ...more })
    const moment = (key: 'last_order_at' | 'last_mail_at' | 'last_open_at' | 'last_click_at' | 'last_visit_at' | 'last_event_at' | 'created_at' | 'updated_at', more: Partial<Column<ContactListRow>> = {}) => column(key, row => time(row[key]), { sort: key, ...more })
    const count = (key: 'orders_count' | 'mails_sent' | 'engagement_score', more: Partial<Column<ContactListRow>> = {}) => column(key, row => row[key] === 0 ? zero('0') : format.number(row[key]), { align: 'right', sort: key, ...more })
    return [
      column('name', row => <PersonCell name={row.name} email={row.email} />, { sort: 'name', fixed: true, hidden: false }),
      own('first_name'), own('last_name'), own('email', { sort: 'email' }), own('phone'),
      own('city', { sort: 'city', hidden: false }), own('company', { sort: 'company' }), own('source', { sort: 'source' }),
      column('locale', row => row.locale === null ? null : languageName(row.locale, languages), { sort: 'locale', ...edited('locale') }),
      own('time_zone'), own('external_id'),
      column('tags', row => row.tags.length === 0 ? null : <Group gap={4}>{row.tags.slice(0, 3).map(tag => <Badge key={tag.id} color="gray">{tag.name}</Badge>)}{row.tags.length > 3 && <Text size="xs" c="dimmed">+{row.tags.length - 3}</Text>}</Group>, { hidden: false }),
      column('owner', row => row.owner?.name, { sort: 'owner', hidden: false, ...edited('owner_id') }),
      ...custom.map((field): Column<ContactListRow> => ({
        key: `fields.${field.key}`, label: field.label, hidden: true, sort: `fields.${field.key}`, align: field.kind === 'number' || field.kind === 'money' ? 'right' : 'left', ...edited(`fields.${field.key}`),
        render: row => row.fields[field.key] === undefined || row.fields[field.key] === null ? null : <FieldValueText field={field} value={row.fields[field.key] ?? null} />,
      })),
      count('orders_count', { hidden: false }),
      column('revenue', row => row.revenue === 0 ? zero(format.money(0, row.currency)) : format.money(row.revenue, row.currency), { sort: 'revenue', align: 'right', hidden: false }),
      count('engagement_score'),
      column('rfm_class', row => row.rfm_class === null ? null : className(row.rfm_class), { sort: 'rfm_class' }),
      column('predicted_value', row => row.predicted_value === null ? null : format.money(row.predicted_value, row.currency), { sort: 'predicted_value', align: 'right' }),
      moment('last_order_at'), count('mails_sent'), moment('last_mail_at'), moment('last_open_at'), moment('last_click_at'), moment('last_visit_at'),
      moment('last_event_at', { hidden: false }), moment('created_at', { hidden: false }), moment('updated_at'),
    ]

    function wordsOf(field: CardField, value: FieldValue): ReactNode {
      const kept = custom.find(each => `fields.${each.key}` === field.name)
      if (kept !== undefined) return <FieldValueText field={kept} value={value} />
      const shown = field.asInput(value)
      return shown === null ? null : field.choices().find(choice => choice.value === shown)?.label ?? String(shown)
    }
  }, [t, i18n.language, format, custom, fields, may])
}

function languageName(tag: string, names: Intl.DisplayNames): string {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}

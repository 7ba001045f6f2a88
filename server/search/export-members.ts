import type { App } from '../base/app.ts'
import { invalid } from '../base/errors.ts'
import { readCompany } from '../company/company.sql.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { memberIdsAfter } from '../segments/members.sql.ts'
import { csvLine } from './csv.ts'
import { columns, fieldCell } from './export-contacts.ts'
import { readExportColumns } from './export-columns.sql.ts'
import { readContactRows } from './list-contacts.sql.ts'

const manyAtOnce = 1000
type Language = 'en' | 'ru'

const headings: Record<string, Record<Language, string>> = {
  entered_at: { en: 'In the segment since', ru: 'В сегменте с' },
  id: { en: 'Number', ru: 'Номер' }, email: { en: 'Email', ru: 'Email' }, phone: { en: 'Phone', ru: 'Телефон' }, external_id: { en: 'External id', ru: 'Внешний номер' },
  first_name: { en: 'First name', ru: 'Имя' }, last_name: { en: 'Last name', ru: 'Фамилия' }, company: { en: 'Company', ru: 'Компания' }, city: { en: 'City', ru: 'Город' },
  locale: { en: 'Language', ru: 'Язык' }, time_zone: { en: 'Time zone', ru: 'Часовой пояс' }, source: { en: 'Source', ru: 'Источник' }, owner: { en: 'Manager', ru: 'Менеджер' },
  tags: { en: 'Tags', ru: 'Метки' }, subscribed_to: { en: 'Subscribed to', ru: 'Подписки' }, orders_count: { en: 'Orders', ru: 'Заказов' }, revenue: { en: 'Revenue', ru: 'Оборот' },
  currency: { en: 'Currency', ru: 'Валюта' }, last_event_at: { en: 'Last activity', ru: 'Последняя активность' }, created_at: { en: 'Added', ru: 'Добавлен' },
}
const times = new Set(['entered_at', 'last_event_at', 'created_at'])

/**
 * The members of a segment as CSV, piece by piece: never all in memory. Times are of the company's zone. Throws 422 for a
 * column there is not, before anything is sent.
 */
export async function exportMembers(app: App, segmentId: number, options: { columns: string[] | undefined, language: Language }): Promise<AsyncGenerator<string>> {
  const fields = (await listCustomFields(app.db)).filter(field => field.archived_at === null)
  const own = new Map(columns)
  const custom = new Map(fields.map(field => [`fields.${field.key}`, field]))
  const there = ['entered_at', ...own.keys(), ...custom.keys()]
  const unknown = options.columns?.find(name => !there.includes(name))
  if (unknown !== undefined) throw invalid([{ field: 'columns', message: `there is no column ${unknown}` }])
  const names = options.columns === undefined || options.columns.length === 0 ? there : [...new Set(options.columns)]
  const separator = options.language === 'ru' ? ';' as const : ',' as const
  const { time_zone: timeZone } = await readCompany(app.db)
  const time = timeFormat(options.language, timeZone)
  const written = (name: string, value: string | number | null | undefined): string | number | null | undefined => {
    if (typeof value === 'string' && times.has(name)) return time(value)
    return typeof value === 'number' && options.language === 'ru' ? String(value).replace('.', ',') : value
  }
  return lines()

  async function* lines(): AsyncGenerator<string> {
    yield `\uFEFF${csvLine(names.map(name => headings[name]?.[options.language] ?? custom.get(name)?.label ?? name), separator)}`
    let after = 0
    for (;;) {
      const members = await memberIdsAfter(app.db, segmentId, after, manyAtOnce)
      const last = members.at(-1)
      if (last === undefined) return
      const ids = members.map(member => member.contact_id)
      const entered = new Map(members.map(member => [member.contact_id, member.entered_at.toISOString()]))
      const more = await readExportColumns(app.db, ids)
      const found = await readContactRows(app.db, ids, app.now())
      yield found.map(row => csvLine(names.map((name) => {
        const field = custom.get(name)
        if (field !== undefined) return written(name, fieldCell(field, row.fields[field.key]))
        return written(name, name === 'entered_at' ? entered.get(row.id) : own.get(name)!(row, more.get(row.id)))
      }), separator)).join('')
      after = last.contact_id
    }
  }
}

/** 2026-11-24 13:05, or 24.11.2026 13:05 where people write it so. */
function timeFormat(language: Language, timeZone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat(language === 'ru' ? 'ru' : 'sv', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' })
  return iso => format.format(new Date(iso)).replace(',', '')
}

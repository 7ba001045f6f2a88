import type { ColumnMapping } from '../../shared/imports.ts'
import { simpleName } from './simple-name.ts'

/**
 * How other programs write their lists of people. A profile is recognised when all columns of one of its signatures are
 * there; what it says goes before the guess by names. Column names are those of the programs' own files, in the
 * language they are exported in, compared without case and marks.
 */
type Profile = {
  name: string
  signatures: string[][]
  /** by column: where it goes, and what its values are here; `*`: whatever stands there */
  columns: Record<string, Pick<ColumnMapping, 'to' | 'values'>>
}

const yesIsLeft = { yes: 'withdrawn', true: 'withdrawn', '1': 'withdrawn', 'да': 'withdrawn', y: 'withdrawn', no: 'unknown', false: 'unknown', '0': 'unknown', 'нет': 'unknown', n: 'unknown' }
const ignored = (...names: string[]): Profile['columns'] => Object.fromEntries(names.map(name => [name, { to: '' }]))

const profiles: Profile[] = [
  {
    name: 'HubSpot',
    signatures: [['record id', 'lifecycle stage'], ['record id', 'contact owner'], ['id записи', 'стадия жизненного цикла'], ['record id', 'unsubscribed from all email']],
    columns: {
      'record id': { to: 'external_id' }, 'id записи': { to: 'external_id' }, 'job title': { to: 'job_title' }, 'associated company': { to: 'company' }, 'original source': { to: 'source' }, 'original traffic source': { to: 'source' },
      'unsubscribed from all email': { to: 'subscription', values: yesIsLeft }, 'отказ от подписки на все письма': { to: 'subscription', values: yesIsLeft },
      ...ignored('record id contact', 'associated company ids', 'associated deal ids'),
    },
  },
  {
    name: 'Pipedrive',
    signatures: [['person name', 'person email work'], ['person name', 'person organization'], ['person id', 'person name'], ['контактное лицо имя', 'контактное лицо электронная почта рабочий']],
    columns: {
      'person id': { to: 'external_id' }, 'person name': { to: 'full_name' }, 'person first name': { to: 'first_name' }, 'person last name': { to: 'last_name' }, 'person organization': { to: 'company' }, 'person email work': { to: 'email' }, 'person email': { to: 'email' },
      'person phone work': { to: 'phone' }, 'person phone': { to: 'phone' }, 'person label': { to: 'tags' }, 'person labels': { to: 'tags' }, 'person job title': { to: 'job_title' },
      'person marketing status': { to: 'subscription', values: { 'no consent': 'unknown', archived: 'bounced' } },
      'контактное лицо имя': { to: 'full_name' }, 'контактное лицо электронная почта рабочий': { to: 'email' }, 'контактное лицо телефон рабочий': { to: 'phone' }, 'контактное лицо организация': { to: 'company' },
      ...ignored('person open deals', 'person closed deals', 'person next activity date', 'person email messages count'),
    },
  },
  {
    name: 'Bitrix24',
    signatures: [['рабочий e mail', 'рабочий телефон'], ['рабочий e mail', 'тип контакта'], ['work e mail', 'work phone', 'contact type'], ['work e mail', 'responsible person']],
    columns: {
      id: { to: 'external_id' }, 'рабочий e mail': { to: 'email' }, 'рабочий телефон': { to: 'phone' }, 'work e mail': { to: 'email' }, 'work phone': { to: 'phone' }, 'компания': { to: 'company' }, 'должность': { to: 'job_title' }, position: { to: 'job_title' },
      'тип контакта': { to: 'tags' }, 'contact type': { to: 'tags' }, 'источник': { to: 'source' },
      ...ignored('дата создания', 'дата изменения', 'кем создан', 'кем изменен', 'created', 'modified', 'created by', 'modified by', 'доступен для всех'),
    },
  },
  {
    name: 'amoCRM',
    signatures: [['рабочий email', 'рабочий телефон'], ['полное имя контакта', 'рабочий email'], ['наименование контакта', 'рабочий email'], ['work email', 'work phone', 'responsible user']],
    columns: {
      id: { to: 'external_id' }, 'id контакта': { to: 'external_id' }, 'рабочий email': { to: 'email' }, 'рабочий телефон': { to: 'phone' }, 'work email': { to: 'email' }, 'work phone': { to: 'phone' }, 'полное имя контакта': { to: 'full_name' }, 'наименование контакта': { to: 'full_name' },
      'компания контакта': { to: 'company' }, 'компания': { to: 'company' }, 'теги контакта': { to: 'tags' }, 'теги': { to: 'tags' }, 'должность': { to: 'job_title' },
      ...ignored('дата создания контакта', 'кем создан контакт', 'дата редактирования', 'кем редактирован', 'ближайшая задача'),
    },
  },
  {
    name: 'Mailchimp',
    signatures: [['leid', 'euid'], ['member rating', 'optin time'], ['email address', 'optin time', 'optin ip']],
    columns: {
      'email address': { to: 'email' }, euid: { to: 'external_id' }, tags: { to: 'tags' },
      // The files of people who left and of dead addresses have no column of states; these two columns are theirs alone.
      'unsub time': { to: 'subscription', values: { '*': 'withdrawn' } }, 'clean time': { to: 'subscription', values: { '*': 'bounced' } },
      ...ignored('leid', 'member rating', 'optin ip', 'confirm time', 'confirm ip', 'latitude', 'longitude', 'gmtoff', 'dstoff', 'cc', 'last changed', 'notes', 'unsub campaign title', 'unsub campaign id', 'unsub reason', 'clean campaign title', 'clean campaign id'),
    },
  },
  {
    name: 'ActiveCampaign',
    signatures: [['email', 'lists', 'tags', 'subscribe date'], ['email', 'ip4', 'cdate'], ['email', 'contact score', 'lists']],
    columns: {
      id: { to: 'external_id' }, 'contact id': { to: 'external_id' }, organization: { to: 'company' }, 'account name': { to: 'company' }, tags: { to: 'tags' },
      status: { to: 'subscription', values: { '0': 'unknown', '1': 'granted', '2': 'withdrawn', '3': 'bounced' } },
      ...ignored('lists', 'ip4', 'cdate', 'udate', 'subscribe date', 'contact score'),
    },
  },
  {
    name: 'Brevo',
    signatures: [['email', 'sms', 'added time'], ['email', 'firstname', 'lastname', 'sms'], ['email', 'prenom', 'nom', 'sms'], ['email', 'blacklisted', 'sms']],
    columns: {
      'contact id': { to: 'external_id' }, 'ext id': { to: 'external_id' }, sms: { to: 'phone' }, prenom: { to: 'first_name' }, nom: { to: 'last_name' }, 'job title': { to: 'job_title' },
      blacklisted: { to: 'subscription', values: yesIsLeft }, 'email blacklisted': { to: 'subscription', values: yesIsLeft },
      ...ignored('added time', 'modified time', 'double opt in', 'opt in', 'whatsapp', 'sms blacklisted'),
    },
  },
  {
    name: 'Unisender',
    signatures: [['email', 'email status'], ['email', 'email availability'], ['email', 'статус email', 'списки']],
    columns: {
      'email status': { to: 'subscription', values: { new: 'unknown', invited: 'unknown', active: 'granted', inactive: 'withdrawn', unsubscribed: 'withdrawn', blocked: 'bounced', activation_requested: 'unknown' } },
      'статус email': { to: 'subscription' }, tags: { to: 'tags' }, 'метки': { to: 'tags' },
      ...ignored('email availability', 'email list ids', 'email subscribe times', 'phone status', 'phone availability', 'phone list ids', 'phone subscribe times', 'списки'),
    },
  },
]

/** The program whose file this is, and by which columns that shows. */
export function recogniseProfile(names: string[]): { name: string, because: string[], columns: Profile['columns'] } | null {
  const simple = names.map(simpleName)
  for (const profile of profiles) {
    const signature = profile.signatures.find(columns => columns.every(column => simple.includes(column)))
    if (signature) return { name: profile.name, because: signature.map(column => names[simple.indexOf(column)]!), columns: profile.columns }
  }
  return null
}

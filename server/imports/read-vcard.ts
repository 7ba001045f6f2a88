import type { ImportNote } from '../../shared/imports.ts'
import { splitName } from './parse-values.ts'
import { CsvError, longestCell, type CsvRow } from './read-csv.ts'

/** What of an address card becomes a column, in this order, as the files of phones and mail programs use it (RFC 2426, RFC 6350, vCard 2.1). */
export const vcardColumns = {
  en: ['First name', 'Last name', 'Email', 'Email 2', 'Email 3', 'Phone', 'Phone 2', 'Phone 3', 'Company', 'Position', 'City', 'Country', 'Address', 'Birthday', 'Website', 'Note', 'Tags', 'UUID'],
  ru: ['Имя', 'Фамилия', 'Email', 'Email 2', 'Email 3', 'Телефон', 'Телефон 2', 'Телефон 3', 'Компания', 'Должность', 'Город', 'Страна', 'Адрес', 'День рождения', 'Сайт', 'Заметка', 'Теги', 'UUID'],
}
type Card = { emails: string[], phones: string[], texts: Map<string, string>, named: boolean }

/** Photos and sounds are longer than everything else of a card: they are passed over line by line. */
const skipped = /^(?:[\w-]+\.)?(PHOTO|LOGO|SOUND|KEY)[;:]/i

/**
 * Fed with text in parts; gives a row for each card, with the line where it begins. Folded lines and those of
 * quoted-printable are put together; a card that never ends is a fault of the file.
 */
export class VcardReader {
  #rest = ''
  #line = 0
  #cardLine = 0
  #logical = ''
  #passing = false
  #card: Card | null = null
  readonly notes = new Map<ImportNote['code'], number>()

  push(text: string): CsvRow[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop()!
    if (this.#rest.length > longestCell) throw new CsvError(this.#line + 1, 'column 1 is longer than a million characters.')
    return lines.flatMap(line => this.#take(line))
  }

  end(): CsvRow[] {
    const rows = [...this.#take(this.#rest.replace(/\r$/, '')), ...this.#finish()]
    if (this.#card !== null) throw new CsvError(this.#cardLine, 'a card begins here and never ends (END:VCARD).')
    return rows
  }

  #take(line: string): CsvRow[] {
    this.#line++
    if (/^[ \t]/.test(line)) {
      if (!this.#passing) this.#append(line.slice(1))
      return []
    }
    if (!this.#passing && isQuoted(this.#logical) && this.#logical.endsWith('=')) {
      this.#logical = this.#logical.slice(0, -1)
      this.#append(line)
      return []
    }
    // The base64 of vCard 2.1 goes on unfolded.
    if (this.#passing && /^[A-Za-z0-9+/=]+$/.test(line)) return []
    const rows = this.#finish()
    this.#passing = skipped.test(line)
    if (this.#passing) this.#note('photos')
    else this.#append(line)
    return rows
  }

  #append(text: string): void {
    this.#logical += text
    if (this.#logical.length > longestCell) throw new CsvError(this.#line, 'column 1 is longer than a million characters.')
  }

  #note(code: ImportNote['code']): void {
    this.notes.set(code, (this.notes.get(code) ?? 0) + 1)
  }

  #finish(): CsvRow[] {
    const match = /^(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^:;"])*)*):(.*)$/s.exec(this.#logical)
    this.#logical = ''
    if (match === null) return []
    const [, name = '', parameters = '', raw = ''] = match
    const property = name.toUpperCase()
    if (property === 'BEGIN' && /^vcard\s*$/i.test(raw)) {
      this.#card = { emails: [], phones: [], texts: new Map(), named: false }
      this.#cardLine = this.#line - 1
    } else if (property === 'END' && /^vcard\s*$/i.test(raw)) {
      const row = this.#card === null ? [] : [{ line: this.#cardLine, cells: cellsOf(this.#card) }]
      this.#card = null
      return row
    } else if (this.#card !== null) keep(this.#card, property, decode(raw, parameters), parameters)
    return []
  }
}

const isQuoted = (text: string): boolean => /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(text)

/** Quoted-printable of vCard 2.1, in the charset it names. */
function decode(raw: string, parameters: string): string {
  if (!/QUOTED-PRINTABLE/i.test(parameters)) return raw
  const charset = /CHARSET="?([\w-]+)/i.exec(parameters)?.[1] ?? 'utf-8'
  const parts = raw.split(/((?:=[0-9A-F]{2})+)/i)
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(charset)
  } catch {
    decoder = new TextDecoder()
  }
  return parts.map((part, index) => index % 2 === 0 ? part : decoder.decode(Buffer.from(part.replaceAll('=', ''), 'hex'))).join('')
}

const unescape = (text: string): string => text.replaceAll(/\\([\\,;:nN])/g, (_, mark: string) => mark.toLowerCase() === 'n' ? '\n' : mark).trim()
/** Apart at semicolons (or commas) that are not escaped. */
const pieces = (text: string, mark: ';' | ','): string[] => text.split(mark === ';' ? /(?<!\\);/ : /(?<!\\),/).map(unescape)

function keep(card: Card, property: string, value: string, parameters: string): void {
  const set = (column: string, text: string): void => { if (text !== '' && !card.texts.has(column)) card.texts.set(column, text) }
  const isPreferred = /(?:TYPE=[^;]*\bPREF\b|PREF=1\b|;PREF\b)/i.test(parameters)
  const put = (list: string[], text: string): void => { if (text !== '' && !list.includes(text)) list.splice(isPreferred ? 0 : list.length, 0, text) }
  switch (property) {
    case 'FN': set('Full name', unescape(value)); break
    case 'N': {
      const [last = '', first = ''] = pieces(value, ';')
      set('First name', first)
      set('Last name', last)
      card.named ||= first !== '' || last !== ''
      break
    }
    case 'EMAIL': put(card.emails, unescape(value).replace(/^mailto:/i, '')); break
    case 'TEL': put(card.phones, unescape(value).replace(/^tel:/i, '').replace(/;ext=.*$/i, '')); break
    case 'ORG': set('Company', pieces(value, ';')[0]!); break
    case 'TITLE': set('Position', unescape(value)); break
    case 'ADR': {
      const [box = '', extended = '', street = '', city = '', region = '', code = '', country = ''] = pieces(value, ';')
      set('City', city)
      set('Country', country)
      set('Address', [box, extended, street, city, region, code, country].filter(part => part !== '').join(', '))
      break
    }
    case 'BDAY': set('Birthday', birthday(value)); break
    case 'URL': set('Website', unescape(value)); break
    case 'NOTE': set('Note', unescape(value)); break
    case 'CATEGORIES': set('Tags', pieces(value, ',').filter(tag => tag !== '').join(', ')); break
    case 'UID': set('UUID', unescape(value).replace(/^urn:uuid:/i, ''))
  }
}

/** 19901124, 1990-11-24, 1990-11-24T00:00:00Z → 1990-11-24; one without a year (--1124) is no date and left out. */
function birthday(value: string): string {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(value.trim())
  return match ? `${match[1]}-${match[2]}-${match[3]}` : ''
}

function cellsOf({ emails, phones, texts, named }: Card): string[] {
  if (!named) {
    const { first_name, last_name } = splitName(texts.get('Full name') ?? '')
    texts.set('First name', first_name).set('Last name', last_name)
  }
  return vcardColumns.en.map(column => {
    const list = column.startsWith('Email') ? emails : column.startsWith('Phone') ? phones : null
    return list === null ? texts.get(column) ?? '' : list[Number(/\d/.exec(column)?.[0] ?? 1) - 1] ?? ''
  })
}

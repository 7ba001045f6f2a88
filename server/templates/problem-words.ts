import type { MailLocale } from '../../shared/templates.ts'

/** What is said about a mail that would look wrong, in the reader's language. One entry a kind of problem. */
export type ProblemCode = keyof typeof words
type Values = Record<string, string | number>

const words = {
  liquid_unknown_filter: {
    en: ({ name, hint }: Values) => `There is no filter "${name}".${hint ? ` Did you mean "${hint}"?` : ' See the list of filters, or remove it.'}`,
    ru: ({ name, hint }: Values) => `Фильтра «${name}» нет.${hint ? ` Может быть, «${hint}»?` : ' Выберите другой из списка или уберите его.'}`,
  },
  liquid_unknown_tag: {
    en: ({ name, hint }: Values) => `There is no tag {% ${name} %} here.${hint ? ` Did you mean {% ${hint} %}?` : ' Remove it, or check that the tag it closes is above it.'}`,
    ru: ({ name, hint }: Values) => `Тега {% ${name} %} здесь нет.${hint ? ` Может быть, {% ${hint} %}?` : ' Уберите его или проверьте, что выше есть тег, который он закрывает.'}`,
  },
  liquid_excluded_tag: {
    en: ({ name }: Values) => `The tag {% ${name} %} does not work in mails. Write its contents here instead.`,
    ru: ({ name }: Values) => `Тег {% ${name} %} в письмах не работает. Вставьте содержимое прямо сюда.`,
  },
  liquid_not_closed: {
    en: ({ text }: Values) => `${text} is not closed. Add the closing ${String(text).startsWith('{{') ? '}}' : 'tag, such as {% endif %}'}.`,
    ru: ({ text }: Values) => `${text} не закрыт. Добавьте ${String(text).startsWith('{{') ? '}}' : 'закрывающий тег, например {% endif %}'}.`,
  },
  liquid_wrong: {
    en: ({ text }: Values) => `This cannot be understood: ${text}. Check the spelling inside the brackets.`,
    ru: ({ text }: Values) => `Это не удалось понять: ${text}. Проверьте написание внутри скобок.`,
  },
  bad_address: {
    en: ({ text }: Values) => `The address "${text}" cannot be used. Start it with https://, mailto: or tel:.`,
    ru: ({ text }: Values) => `Адрес «${text}» не подходит. Начните его с https://, mailto: или tel:.`,
  },
  duplicate_block: {
    en: () => 'Two blocks have the same id.',
    ru: () => 'У двух блоков одинаковый id.',
  },
  empty_subject: {
    en: () => 'The subject is empty.',
    ru: () => 'Тема письма пуста.',
  },
  empty_body: {
    en: () => 'The mail has no content.',
    ru: () => 'В письме нет содержания.',
  },
  missing_variant: {
    en: ({ locale }: Values) => `There is no ${locale === 'ru' ? 'Russian' : 'English'} variant: people with that language get the other one.`,
    ru: ({ locale }: Values) => `Нет ${locale === 'ru' ? 'русского' : 'английского'} варианта: люди с этим языком получат другой.`,
  },
  no_fallback: {
    en: ({ field }: Values) => `{{ ${field} }} has no fallback: where it is empty, a gap stays. Write {{ ${field} | default: "…" }}.`,
    ru: ({ field }: Values) => `У {{ ${field} }} нет замены: где поле пусто, останется дыра. Напишите {{ ${field} | default: "…" }}.`,
  },
  empty_for_contact: {
    en: ({ field }: Values) => `{{ ${field} }} is empty for this contact and has no fallback.`,
    ru: ({ field }: Values) => `У этого контакта поле {{ ${field} }} пусто, а замены нет.`,
  },
  unknown_field: {
    en: ({ field, hint }: Values) => `There is no field ${field}.${hint ? ` Did you mean ${hint}?` : ' Choose one from the list.'}`,
    ru: ({ field, hint }: Values) => `Поля ${field} нет.${hint ? ` Может быть, ${hint}?` : ' Выберите поле из списка.'}`,
  },
  missing_alt: {
    en: ({ name }: Values) => `The image ${name} has no description: many people see mails without images.`,
    ru: ({ name }: Values) => `У картинки ${name} нет описания: многие читают письма без картинок.`,
  },
  broken_link: {
    en: ({ text }: Values) => `The link "${text}" leads nowhere. Give a whole address, such as https://shop.example/page.`,
    ru: ({ text }: Values) => `Ссылка «${text}» никуда не ведёт. Нужен полный адрес, например https://shop.example/page.`,
  },
  no_unsubscribe: {
    en: () => 'There is no unsubscribe link in it: a footer with one will be added.',
    ru: () => 'В письме нет ссылки для отписки: она добавится внизу сама.',
  },
  no_image: {
    en: () => 'An image block has no picture yet.',
    ru: () => 'В блоке картинки ещё нет картинки.',
  },
  too_large: {
    en: ({ kilobytes }: Values) => `The mail is ${kilobytes} KB; Gmail cuts mails off after 102 KB.`,
    ru: ({ kilobytes }: Values) => `Письмо весит ${kilobytes} КБ, а Gmail обрезает письма после 102 КБ.`,
  },
  render_failed: {
    en: ({ text }: Values) => `The mail cannot be filled in for this contact: ${text}`,
    ru: ({ text }: Values) => `Письмо не удаётся заполнить для этого контакта: ${text}`,
  },
} satisfies Record<string, Record<MailLocale, (values: Values) => string>>

export function problemMessage(code: ProblemCode, reader: MailLocale, values: Values = {}): string {
  return words[code][reader](values)
}

const languages = { en: { en: 'English', ru: 'Russian' }, ru: { en: 'английский', ru: 'русский' } }
const kinds: Record<string, Record<MailLocale, string>> = {
  heading: { en: 'heading', ru: 'заголовок' }, text: { en: 'text', ru: 'текст' }, button: { en: 'button', ru: 'кнопка' }, image: { en: 'image', ru: 'картинка' },
  divider: { en: 'divider', ru: 'линия' }, spacer: { en: 'space', ru: 'отступ' }, products: { en: 'products', ru: 'товары' }, columns: { en: 'columns', ru: 'колонки' },
}

export type Place = { locale: MailLocale, part: 'subject' | 'preheader' | 'html' | 'block', block?: { number: number, kind: string }, line?: number }

/** "Russian, block 3 (button), line 2" */
export function placeWords(place: Place, reader: MailLocale): string {
  const russian = reader === 'ru'
  const parts = [languages[reader][place.locale]]
  if (place.part === 'block' && place.block) parts.push(`${russian ? 'блок' : 'block'} ${place.block.number} (${kinds[place.block.kind]?.[reader] ?? place.block.kind})`)
  else parts.push({ subject: russian ? 'тема' : 'subject', preheader: russian ? 'прехедер' : 'preheader', html: 'HTML', block: '' }[place.part])
  if (place.line && place.line > 1) parts.push(`${russian ? 'строка' : 'line'} ${place.line}`)
  const words = parts.join(', ')
  return words[0]!.toUpperCase() + words.slice(1)
}

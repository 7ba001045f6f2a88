import type { MailLocale } from '../../shared/templates.ts'

/** Put under a marketing mail whose author gave no way to unsubscribe. Simple HTML with Liquid. */
export function unsubscribeFooter(locale: MailLocale): string {
  const company = '{{ company.name }}{% if company.postal_address != blank %}<br>{{ company.postal_address | newline_to_br }}{% endif %}'
  const link = (url: string, label: string) => `<a href="{{ ${url} }}" style="color:#7a7f7c;text-decoration:underline">${label}</a>`
  return locale === 'ru'
    ? `<p style="margin:0 0 8px">${company}</p><p style="margin:0">${link('preferences_url', 'Выбрать темы писем')} · ${link('unsubscribe_url', 'Отписаться')}</p>`
    : `<p style="margin:0 0 8px">${company}</p><p style="margin:0">${link('preferences_url', 'Choose topics')} · ${link('unsubscribe_url', 'Unsubscribe')}</p>`
}

export function mentionsUnsubscribe(source: string): boolean {
  return /\{\{[^}]*\bunsubscribe_url\b/.test(source)
}

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MailDocument } from '../../shared/templates.ts'
import { button, columns, heading, image, mailDocumentOf, products, text, variant } from './block-builders.ts'
import { readableOn } from './blocks-to-mjml.ts'
import { checkDocument } from './check-document.ts'
import { compileDraft, localeFor } from './compile-template.ts'
import { findGaps } from './find-problems.ts'
import { encodeUrlPart } from './liquid.ts'
import { renderHoles, renderMail, type MailTracking } from './render-mail.ts'
import { sanitiseDocumentHtml, sanitiseTextHtml } from './sanitise-html.ts'
import { scanHtml } from './scan-html.ts'

const tracking: MailTracking = {
  openUrl: () => 'https://o.example/t/o/x', trapUrl: () => 'https://o.example/t/c/trap',
  fixedUrl: (number, url) => `https://o.example/t/c/${number}?${encodeURIComponent(url)}`,
  personalUrl: (number, url) => `https://o.example/t/c/${number}?${encodeURIComponent(url)}`,
}
const scope = (contact: Record<string, unknown> = {}) => ({
  contact: { first_name: 'Anna', city: null, fields: {}, tags: [], ...contact },
  company: { name: 'Mint & Co', postal_address: '1 Main St\nLeeds' },
  unsubscribe_url: 'https://o.example/u/1', preferences_url: 'https://o.example/p/1', confirm_url: 'https://o.example/c/1',
  products: { p0: [{ sku: 'a b', name: 'Cup', price_text: '€5', quantity: 2 }, { sku: 'c', name: 'Pot <x>', price_text: null, quantity: 1 }] },
})
const mail = (...blocks: Parameters<typeof variant>[2]): MailDocument => mailDocumentOf({ en: variant('Hi {{ contact.first_name | default: "you" }}', 'before', blocks) })
const given = (html: string): MailDocument => mailDocumentOf({ en: { subject: 's', preheader: '', html } })
async function rendered(document: MailDocument, contact: Record<string, unknown> = {}, options: { kind?: 'marketing' | 'transactional', plain?: boolean } = {}) {
  const compiled = await compileDraft({ kind: options.kind ?? 'transactional', document }, 'en')
  return renderMail(compiled, { scope: scope(contact), tracking: options.plain ? null : tracking })
}
const hrefs = (html: string) => scanHtml(html).filter(tag => tag.name === 'a').flatMap(tag => tag.attributes.filter(attribute => attribute.name === 'href').map(attribute => attribute.value))

test('what a person typed is escaped in HTML, not in the subject and the text', async () => {
  const result = await rendered(mail(heading('Hello {{ contact.first_name }}'), text('<p>{{ contact.first_name }}</p>')), { first_name: '<b>"Tom & Jerry"</b>' })
  expect(result.subject).toBe('Hi <b>"Tom & Jerry"</b>')
  expect(result.html).not.toContain('<b>"Tom')
  expect(result.html).toContain('&lt;b&gt;&quot;Tom &amp; Jerry&quot;&lt;/b&gt;')
  expect(result.text).toContain('Hello <b>"Tom & Jerry"</b>')
})

test('a line break in a field cannot make a second header line', async () => {
  expect((await rendered(mail(), { first_name: 'Tom\r\nBcc: x@example.com' })).subject).toBe('Hi Tom Bcc: x@example.com')
})

test('every http link is counted, the same address under one number; others and our own stay', async () => {
  const result = await rendered(mail(
    text('<p><a href="https://a.example/?x=1&amp;y=2">a</a> <a href="mailto:me@a.example">m</a> <a href="tel:+1">t</a> <a href="#top">top</a> <a href="{{ unsubscribe_url }}">u</a> <a href="{{ preferences_url }}">p</a></p>'),
    button('b', 'https://a.example/?x=1&y=2'), image('https://a.example/i.png', 'i', { url: 'https://b.example/' }),
  ))
  const a = `https://o.example/t/c/1?${encodeURIComponent('https://a.example/?x=1&y=2')}`
  expect(hrefs(result.html)).toEqual([a, 'mailto:me@a.example', 'tel:+1', '#top', 'https://o.example/u/1', 'https://o.example/p/1', a, `https://o.example/t/c/2?${encodeURIComponent('https://b.example/')}`, 'https://o.example/t/c/trap'])
  expect(result.links).toEqual([{ number: 1, url: 'https://a.example/?x=1&y=2' }, { number: 2, url: 'https://b.example/' }])
  expect(result.text).toContain(a)
  expect(result.html.indexOf('https://o.example/t/o/x')).toBeLessThan(result.html.indexOf('</body>'))
})

test('fields inside a link are filled in and encoded before it is counted; a whole address comes as it is', async () => {
  const result = await rendered(mail(
    button('a', 'https://a.example/?name={{ contact.first_name }}&c={{ contact.city | url_encode }}'), button('b', '{{ contact.fields.page }}'), button('c', '{{ contact.fields.bad }}'),
  ), { first_name: 'Тёма & Co', city: 'a b', fields: { page: 'https://b.example/x?y=1&z=2', bad: ' java\tscript:alert(1)' } })
  expect(result.links.map(link => link.url)).toEqual(['https://a.example/?name=%D0%A2%D1%91%D0%BC%D0%B0%20%26%20Co&c=a+b', 'https://b.example/x?y=1&z=2', '#'])
})

test('links inside a loop are counted with the address of each turn', async () => {
  const result = await rendered(mail(products({ last_order: true }, { button_label: 'Open', url_pattern: 'https://s.example/{{ product.sku }}' })))
  expect([...new Set(result.links.map(link => link.url))]).toEqual(['https://s.example/a%20b', 'https://s.example/c'])
  expect(result.html).toContain('Pot &lt;x&gt;')
  expect(result.text).toContain('€5 × 2')
})

test('without tracking links stay as they are and there is no pixel', async () => {
  const result = await rendered(mail(button('b', 'https://a.example/')), {}, { plain: true })
  expect(hrefs(result.html)).toEqual(['https://a.example/'])
  expect(result.html).not.toContain('width="1"')
})

test('a marketing mail without an unsubscribe link gets a footer in its language, one that has it does not', async () => {
  const without = await rendered(mail(text('x')), {}, { kind: 'marketing' })
  expect(without.html).toContain('>Unsubscribe</a>')
  expect(without.html).toContain('Mint &amp; Co')
  expect(without.html).toContain('1 Main St<br>')
  expect(without.text).toContain('1 Main St\nLeeds')
  const own = await rendered(mail(text('<a href="{{ unsubscribe_url }}">Leave</a>')), {}, { kind: 'marketing' })
  expect(own.html).not.toContain('>Unsubscribe</a>')
  expect((await rendered(mail(text('x')))).html).not.toContain('>Unsubscribe</a>')
  const russian = mailDocumentOf({ ru: variant('x', '', [text('x')]) })
  const compiled = await compileDraft({ kind: 'marketing', document: russian }, 'ru')
  expect(renderMail(compiled, { scope: scope(), tracking }).html).toContain('Отписаться')
  const html = await rendered(given('<html><body><p>x</p></body></html>'), {}, { kind: 'marketing' })
  expect(html.html).toMatch(/Unsubscribe<\/a>.*<\/body>/s)
})

test('HTML given by hand stays as it was, Outlook comments included, but for what runs', async () => {
  const source = `<!doctype html><html><head><style>a{color:red}</style><script>x()</script></head><body onload="x()" class=a>
<!--[if mso]><v:roundrect href="https://a.example/" ><![endif]--><a href='https://a.example/' onclick=x()>a</a><!--[if !mso]><!--><p>{% if contact.city %}in {{ contact.city }}{% endif %}</p><!--<![endif]--><iframe src="x"></iframe><meta http-equiv="refresh" content="0;url=x"><a href="javascript:x()">j</a><IMG SRC=a.png></body></html>`
  const clean = sanitiseDocumentHtml(source)
  expect(clean).toBe(`<!doctype html><html><head><style>a{color:red}</style></head><body  class=a>
<!--[if mso]><v:roundrect href="https://a.example/" ><![endif]--><a href='https://a.example/' >a</a><!--[if !mso]><!--><p>{% if contact.city %}in {{ contact.city }}{% endif %}</p><!--<![endif]--><a >j</a><IMG SRC=a.png></body></html>`)
  const result = await rendered(given(clean), { city: 'Leeds' })
  expect(result.html).toContain('<p>in Leeds</p>')
  expect(result.html.match(/https:\/\/o\.example\/t\/c\/1/g)).toHaveLength(2)
})

test('a text block keeps only what mails can show, and its Liquid untouched', async () => {
  expect(sanitiseTextHtml('<p style="color:red;position:fixed" onclick="x">a{% if a < 1 && b %}<script>x</script><a href="javascript:x">b</a><a href=\'{{ x | default: "https://y" }}\'>c</a>{% endif %}<table><tr><td>d</td></tr></table></p>'))
    .toBe('<p style="color:red">a{% if a &lt; 1 &amp;&amp; b %}<a>b</a><a href="{{ x | default: &quot;https://y&quot; }}">c</a>{% endif %}d</p>')
  const once = sanitiseTextHtml('<p>{{ a | replace: "&", "<" }}</p>')
  expect(sanitiseTextHtml(once)).toBe(once)
})

test('an address that Liquid may turn into a script is taken out', () => {
  for (const address of ['{% if a %}javascript:x{% endif %}', '{% if a %}https://ok.example{% else %}javascript:x{% endif %}', 'java{% if a %}{% endif %}script:x', '{{ a }}javascript:x']) {
    expect(sanitiseTextHtml(`<a href="${address}">b</a>`)).toBe('<a>b</a>')
  }
  expect(sanitiseTextHtml('<a href="https://shop.example/{{ a }}?q=javascript">b</a>')).toContain('href=')
})

test('whatever is given, the result holds only allowed tags, balanced, and is a fixed point', () => {
  const part = fc.constantFrom('<p>', '</p>', '<b', '>', '<script>', '</script>', 'alert(1)', '<svg/onload=x>', '<a href="', 'javascript:x', '">', "'", '"', '<!--', '-->', '<style>', '</style>', '<ul>', '<li>', '</ul>', '{{ a }}', '{% if b < 1 %}', '{% endif %}', '&lt;', '&', '<img src=x onerror=y>', '<a\nhref=x\tonclick=y>', '</a>', '<br/>', 'текст', '<![CDATA[', ']]>', '<P STYLE="color:red;behavior:url(x)">', '<math>', '<textarea>')
  fc.assert(fc.property(fc.array(part, { maxLength: 14 }), parts => {
    const clean = sanitiseTextHtml(parts.join(''))
    const outside = clean.replace(/\{\{.*?\}\}|\{%.*?%\}/g, '')
    const tags = outside.match(/<[^>]*>/g) ?? []
    for (const tag of tags) expect(tag).toMatch(/^<(\/(p|b|strong|i|em|u|s|a|ul|ol|li|span|h[123])|br|(p|b|strong|i|em|u|s|a|ul|ol|li|span|h[123])( (href|title|style)="[^"<>]*")*)>$/)
    expect(outside.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/)
    expect(tags.join('')).not.toMatch(/href="\s*javascript/i)
    expect(tags.filter(tag => tag[1] !== '/' && tag !== '<br>').length).toBe(tags.filter(tag => tag[1] === '/').length)
    expect(sanitiseTextHtml(clean)).toBe(clean)
  }), { numRuns: 2000 })
})

test('comparisons written in the editor as entities are read as Liquid', async () => {
  const checked = checkDocument(mail(text('<p>{% if contact.orders_count > 2 %}often{% else %}rarely{% endif %}</p>')), 'en')
  expect(checked.errors).toEqual([])
  expect((await rendered(checked.document, { orders_count: 3 })).text.trim()).toBe('often')
})

test('the constants and holes a sender fills make the same mail', async () => {
  const compiled = await compileDraft({ kind: 'marketing', document: mail(text('{{ contact.first_name }} {% if contact.city %}c{% endif %} <a href="https://a.example/">a</a>'), products({ last_order: true })) }, 'en')
  const data = { scope: scope(), tracking }
  const holes = renderHoles(compiled, data)
  expect(holes.html).toHaveLength(compiled.html.holes.length)
  expect(compiled.html.constants).toHaveLength(compiled.html.holes.length + 1)
  expect(compiled.html.constants.map((constant, index) => constant + (holes.html[index] ?? '')).join('')).toBe(renderMail(compiled, data).html)
})

test('the quick way of filling in a field says the same as Liquid', async () => {
  for (const value of ['x', '', null, undefined, 0, 5, false, true, '<&>"\'', [], ['a'], { a: 1 }]) {
    const quick = await rendered(mail(text('<p>[{{ contact.value | default: "none" }}][{{ contact.value }}]</p>')), { value })
    const slow = await rendered(mail(text('<p>{% assign z = 1 %}[{{ contact.value | default: "none" }}][{{ contact.value }}]</p>')), { value })
    expect(quick.text, JSON.stringify(value)).toBe(slow.text)
  }
})

test('inherited properties of JavaScript are no fields', async () => {
  expect((await rendered(mail(text('<p>[{{ contact.constructor.name }}{{ contact.__proto__.x }}{{ contact.toString }}]</p>')))).text.trim()).toBe('[]')
})

test('a template that never ends is stopped', async () => {
  await expect(rendered(mail(text('{% for a in (1..100000000) %}{{ a }}{% endfor %}')))).rejects.toThrow(/limit/)
})

test('gaps are found where a field without fallback is empty', async () => {
  const compiled = await compileDraft({ kind: 'transactional', document: mail(text('{{ contact.first_name }} {{ contact.city }} {{ contact.phone | default: "-" }} {% if contact.source %}{{ contact.source }}{% endif %}'), button('x', 'www.broken')) }, 'en')
  expect(findGaps(compiled, scope())).toEqual(['contact.city'])
})

test('a contact gets their language, else the company’s, else the first', () => {
  const both = mailDocumentOf({ en: variant('', '', []), ru: variant('', '', []) })
  const english = mailDocumentOf({ en: variant('', '', []) })
  expect(localeFor(both, 'ru-RU', 'en')).toBe('ru')
  expect(localeFor(both, 'de', 'ru')).toBe('ru')
  expect(localeFor(both, null, 'en')).toBe('en')
  expect(localeFor(english, 'ru', 'ru')).toBe('en')
})

test('columns stand beside each other in one section, on phones below each other', async () => {
  const { html } = await rendered(mail(columns([text('left')], [text('right')], [text('third')])))
  expect(html).toContain('mj-column-per-33')
  expect(html).toContain('@media only screen and (min-width')
})

test('the words on a button can be read on any colour', () => {
  expect(readableOn('#000000')).toBe('#ffffff')
  expect(readableOn('#1f6f5c')).toBe('#ffffff')
  expect(readableOn('#ffe680')).toBe('#161a18')
})

test('dates are written in the language of the mail and the zone of the company', async () => {
  const russian = mailDocumentOf({ ru: variant('{{ contact.at | date: "%-d %B %Y" }}, {{ contact.at | date: "%B" }}, {{ contact.at | date: "%H:%M" }}, {{ 1490.5 | money: "RUB" }}', '', []) })
  const compiled = await compileDraft({ kind: 'transactional', document: russian }, 'ru')
  const mailed = renderMail(compiled, { scope: { ...scope({ at: new Date('2026-09-30T22:30:00Z') }), time_zone: 'Europe/Moscow' }, tracking: null })
  expect(mailed.subject.replace(/\s/g, ' ')).toBe('1 октября 2026, октябрь, 01:30, 1 490,50 ₽')
})

test('half a surrogate pair in a field does not break the mail', async () => {
  expect(encodeUrlPart('a\uD800')).toBe('a%EF%BF%BD')
  expect((await rendered(mail(button('x', 'https://a.example/?n={{ contact.first_name }}')), { first_name: '\uD83D' })).links[0]!.url).toBe('https://a.example/?n=%EF%BF%BD')
})

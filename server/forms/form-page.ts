import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { FormDefinition } from '../../shared/forms.ts'
import type { MailLocale } from '../../shared/templates.ts'
import { escapeHtml } from '../templates/liquid.ts'
import { formWords } from './form-words.ts'

export type FormInput = { field: string, label: string, required: boolean, kind: 'email' | 'text' | 'tel' | 'number' | 'date' | 'url' | 'choice' | 'multi_choice' | 'boolean', options: { value: string, label: string }[] }
export type FormTopic = { id: number, name: string, description: string }

export type FormPage = {
  locale: MailLocale
  company: string
  definition: FormDefinition
  inputs: FormInput[]
  topics: FormTopic[]
  action: string
  /** hidden: the signed time of rendering, UTM, the page the form stands on */
  hidden: Record<string, string>
  values: Record<string, string[]>
  errors: Record<string, string>
  /** above the form */
  notice?: string
  suggestion?: { given: string, suggested: string }
  embedded: boolean
  /** of the editor: nothing can be sent */
  isPreview?: boolean
}

/** The text in the reader's language, else in the other one. */
export const inLanguage = (texts: { en: string, ru: string }, locale: MailLocale): string => texts[locale] || texts[locale === 'ru' ? 'en' : 'ru']

/** White or black, whichever is legible on the colour (WCAG relative luminance). */
export function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.4 ? '#111614' : '#ffffff'
}

const style = (accent: string, embedded: boolean): string => `
:root { color-scheme: light dark; --accent: ${accent}; --on-accent: ${inkOn(accent)}; --ground: ${embedded ? 'transparent' : '#f3f4f1'}; --card: #fff; --ink: #1b201d; --soft: #5f6763; --line: #d5dad6; --bad: #b3261e; --field: #fff }
@media (prefers-color-scheme: dark) { :root { --ground: ${embedded ? 'transparent' : '#141715'}; --card: #1d211f; --ink: #eceeec; --soft: #a3aca7; --line: #3a423d; --bad: #f2b8b5; --field: #151918 } }
* { box-sizing: border-box }
html { background: var(--ground); color: var(--ink); font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; -webkit-text-size-adjust: 100% }
body { margin: 0; ${embedded ? 'padding: 2px' : 'min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 32px 16px'} }
main { width: 100%; max-width: 480px; ${embedded ? 'margin: 0 auto;' : ''} background: var(--card); border: 1px solid var(--line); border-radius: 18px; overflow: hidden; ${embedded ? '' : 'box-shadow: 0 18px 50px -28px rgb(0 0 0 / .35)'} }
main::before { content: ""; display: block; height: 6px; background: var(--accent) }
.inside { padding: 30px 34px 32px }
.company { margin: 0 0 14px; color: var(--soft); font-size: 15px; font-weight: 600; overflow-wrap: anywhere }
h1 { margin: 0 0 10px; font-size: 27px; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere }
p { margin: 0 0 14px } .lead { color: var(--soft); white-space: pre-line; overflow-wrap: anywhere }
.field { margin: 18px 0 0 } .field > label, legend { display: block; padding: 0; margin: 0 0 6px; font-weight: 600; font-size: 15px }
label small, legend small { font-weight: 400; color: var(--soft) }
input[type=text], input[type=email], input[type=tel], input[type=number], input[type=date], input[type=url], select { width: 100%; min-height: 48px; padding: 10px 14px; font: inherit; color: var(--ink); background: var(--field); border: 1px solid var(--line); border-radius: 11px }
input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 55%, transparent); outline-offset: 1px; border-color: var(--accent) }
[aria-invalid=true] { border-color: var(--bad) } .fault { margin: 6px 0 0; color: var(--bad); font-size: 15px }
fieldset { border: 0; margin: 22px 0 0; padding: 0; min-width: 0 }
.tick { display: grid; grid-template-columns: 22px 1fr; gap: 0 12px; padding: 9px 0; cursor: pointer; font-size: 16px } .tick input { width: 20px; height: 20px; margin: 2px 0 0; accent-color: var(--accent) }
.tick small { grid-column: 2; color: var(--soft); font-size: 14px } .consent { margin-top: 18px; font-size: 15px; line-height: 1.45 } .consent span { color: var(--soft); white-space: pre-line; overflow-wrap: anywhere }
button { font: inherit; font-weight: 600; width: 100%; min-height: 52px; margin-top: 20px; padding: 12px 20px; border: 1px solid transparent; border-radius: 12px; background: var(--accent); color: var(--on-accent); cursor: pointer; overflow-wrap: anywhere }
button:hover { filter: brightness(1.06) } button.quiet { margin-top: 10px; background: transparent; border-color: var(--line); color: var(--ink) } button:disabled { opacity: .55; cursor: default }
.notice { margin: 0 0 6px; padding: 12px 14px; border-radius: 11px; background: color-mix(in srgb, var(--accent) 12%, transparent) }
.note { margin: 14px 0 0; color: var(--soft); font-size: 14px; text-align: center }
a { color: var(--accent); text-underline-offset: 3px }
.extra { position: absolute; left: -6000px; width: 1px; height: 1px; overflow: hidden }
.mark { width: 46px; height: 46px; border-radius: 50%; display: grid; place-items: center; margin-bottom: 16px; background: color-mix(in srgb, var(--accent) 15%, transparent); color: var(--accent) }
@media (max-width: 480px) { ${embedded ? '' : 'body { justify-content: flex-start; padding: 14px 12px }'} .inside { padding: 24px 20px 24px } h1 { font-size: 24px } }
`

/** Tells the page around how high the form is. */
const heightScript = `(function(){function tell(){parent.postMessage({otklikFormHeight:document.documentElement.scrollHeight},'*')}addEventListener('load',tell);new ResizeObserver(tell).observe(document.body)})()`

export function renderForm(page: FormPage): string {
  const { definition, locale, values, errors } = page
  const words = formWords[locale]
  const hidden = Object.entries(page.hidden).map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('')
  const topics = definition.show_topics && page.topics.length > 0
    ? `<fieldset><legend>${escapeHtml(words.chooseTopics)}</legend>${page.topics.map(topic => tick('topic', String(topic.id), topic.name, topic.description, (values['topic'] ?? []).includes(String(topic.id)))).join('')}${fault('topic', errors)}</fieldset>`
    : ''
  const body = `
<h1>${escapeHtml(inLanguage(definition.title, locale))}</h1>
${inLanguage(definition.description, locale) ? `<p class="lead">${escapeHtml(inLanguage(definition.description, locale))}</p>` : ''}
${page.notice ? `<p class="notice" role="status">${escapeHtml(page.notice)}</p>` : ''}
<form method="post" action="${escapeHtml(page.action)}" novalidate>
${hidden}
${page.inputs.map(input => field(input, values[input.field] ?? [], errors, locale)).join('\n')}
<div class="extra" aria-hidden="true"><label>Website <input type="text" name="website" tabindex="-1" autocomplete="off"></label></div>
${topics}
<label class="tick consent"><input type="checkbox" name="consent" value="yes"${values['consent']?.[0] === 'yes' ? ' checked' : ''}${errors['consent'] ? ' aria-invalid="true"' : ''} required><span>${escapeHtml(inLanguage(definition.consent_wording, locale))}</span></label>
${fault('consent', errors)}
${page.suggestion
    ? `<p class="notice" role="alert">${escapeHtml(words.didYouMean(page.suggestion.suggested))}</p>
<button name="chosen_email" value="${escapeHtml(page.suggestion.suggested)}">${escapeHtml(words.useSuggested(page.suggestion.suggested))}</button>
<button class="quiet" name="chosen_email" value="${escapeHtml(page.suggestion.given)}">${escapeHtml(words.keepMine(page.suggestion.given))}</button>`
    : `<button${page.isPreview ? ' disabled' : ''}>${escapeHtml(inLanguage(definition.button, locale))}</button>`}
</form>
<p class="note">${escapeHtml(page.isPreview ? words.previewNote : words.privacy)}</p>`
  return document(page, inLanguage(definition.title, locale), body)
}

export function renderDone(page: Pick<FormPage, 'locale' | 'company' | 'definition' | 'embedded'>): string {
  const { definition, locale } = page
  const words = formWords[locale]
  const text = inLanguage(definition.success, locale).split('\n').filter(line => line.trim() !== '')
  const further = definition.redirect_url ? `<p><a href="${escapeHtml(definition.redirect_url)}" target="_top" rel="noopener">${escapeHtml(words.goOn)}</a></p>` : ''
  return document(page, text[0] ?? '', `
<div class="mark"><svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg></div>
<h1>${escapeHtml(text[0] ?? '')}</h1>
${text.slice(1).map(line => `<p>${escapeHtml(line)}</p>`).join('')}${further}`)
}

function document(page: Pick<FormPage, 'locale' | 'company' | 'definition' | 'embedded'>, title: string, body: string): string {
  return `<!doctype html>
<html lang="${page.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.company ? `${title} · ${page.company}` : title)}</title><style>${style(page.definition.accent, page.embedded)}</style></head>
<body><main><div class="inside">${page.company && !page.embedded ? `<p class="company">${escapeHtml(page.company)}</p>` : ''}${body}
</div></main>${page.embedded ? `<script>${heightScript}</script>` : ''}</body></html>`
}

function field(input: FormInput, values: string[], errors: Record<string, string>, locale: MailLocale): string {
  const words = formWords[locale]
  const id = `f-${input.field.replaceAll('.', '-')}`
  const name = escapeHtml(input.field)
  const invalid = errors[input.field] ? ` aria-invalid="true" aria-describedby="${id}-fault"` : ''
  const label = `${escapeHtml(input.label)}${input.required ? '' : ` <small>(${escapeHtml(words.optional)})</small>`}`
  const required = input.required ? ' required' : ''
  const value = escapeHtml(values[0] ?? '')
  if (input.kind === 'boolean') return `<div class="field">${tick(input.field, 'true', input.label, '', values[0] === 'true')}${fault(input.field, errors)}</div>`
  if (input.kind === 'multi_choice') return `<fieldset class="field"><legend>${label}</legend>${input.options.map(option => tick(input.field, option.value, option.label, '', values.includes(option.value))).join('')}${fault(input.field, errors)}</fieldset>`
  const control = input.kind === 'choice'
    ? `<select id="${id}" name="${name}"${required}${invalid}><option value="">${escapeHtml(words.choose)}</option>${input.options.map(option => `<option value="${escapeHtml(option.value)}"${option.value === values[0] ? ' selected' : ''}>${escapeHtml(option.label)}</option>`).join('')}</select>`
    : `<input id="${id}" type="${input.kind}" name="${name}" value="${value}" maxlength="1000"${autocomplete(input.field)}${input.kind === 'number' ? ' step="any"' : ''}${required}${invalid}>`
  return `<div class="field"><label for="${id}">${label}</label>${control}${fault(input.field, errors, id)}</div>`
}

const tick = (name: string, value: string, label: string, description: string, checked: boolean): string =>
  `<label class="tick"><input type="checkbox" name="${escapeHtml(name)}" value="${escapeHtml(value)}"${checked ? ' checked' : ''}><span>${escapeHtml(label)}</span>${description ? `<small>${escapeHtml(description)}</small>` : ''}</label>`
const fault = (name: string, errors: Record<string, string>, id = ''): string => errors[name] ? `<p class="fault"${id ? ` id="${id}-fault"` : ''} role="alert">${escapeHtml(errors[name])}</p>` : ''
const autocomplete = (name: string): string => {
  const known: Record<string, string> = { email: 'email', first_name: 'given-name', last_name: 'family-name', phone: 'tel', city: 'address-level2', company: 'organization' }
  return known[name] ? ` autocomplete="${known[name]}"` : ''
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Only a page meant to stand inside another site may do so. */
export function sendFormPage(reply: FastifyReply, status: number, html: string, { definition, embedded }: Pick<FormPage, 'definition' | 'embedded'>): FastifyReply {
  const onward = definition.redirect_url ? ` ${new URL(definition.redirect_url).origin}` : ''
  reply.removeHeader('x-frame-options')
  return reply.code(status)
    .header('content-security-policy', [
      "default-src 'none'", `style-src ${hashOf(style(definition.accent, embedded))}`, ...(embedded ? [`script-src ${hashOf(heightScript)}`] : []),
      `form-action 'self'${onward}`, "base-uri 'none'", `frame-ancestors ${embedded ? '*' : "'self'"}`,
    ].join('; '))
    .header('cache-control', 'no-store')
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('cross-origin-opener-policy', 'unsafe-none')
    .type('text/html; charset=utf-8')
    .send(html)
}

/** The script a site puts where the form shall stand. */
export function embedScript(base: string, slug: string): string {
  return `(function(){
  var script=document.currentScript, frame=document.createElement('iframe');
  var base=${JSON.stringify(base)}, address=base+'/f/${slug}?embed=1&page='+encodeURIComponent(location.href.slice(0,1500));
  new URLSearchParams(location.search).forEach(function(value,name){ if(/^utm_/.test(name)) address+='&'+name+'='+encodeURIComponent(value) });
  var language=(script&&script.getAttribute('data-lang'))||''; if(language) address+='&lang='+encodeURIComponent(language);
  frame.src=address; frame.title='Form'; frame.setAttribute('loading','lazy');
  frame.style.cssText='width:100%;border:0;display:block;height:520px;background:transparent;color-scheme:light dark';
  addEventListener('message',function(event){
    if(event.source===frame.contentWindow&&event.origin===new URL(base).origin&&event.data&&event.data.otklikFormHeight>0) frame.style.height=Math.min(event.data.otklikFormHeight+4,5000)+'px';
  });
  if(script&&script.parentNode) script.parentNode.insertBefore(frame,script.nextSibling); else document.body.appendChild(frame);
})();
`
}

/** Plain HTML for sites where no script may run: what is filled in there is checked and sent on the hosted page. */
export function plainSnippet(url: string, definition: FormDefinition, inputs: FormInput[], locale: MailLocale): string {
  const lines = inputs.filter(input => ['email', 'text', 'tel', 'number', 'date', 'url'].includes(input.kind))
    .map(input => `  <p><label>${escapeHtml(input.label)}<br><input type="${input.kind}" name="${escapeHtml(input.field)}"${input.required ? ' required' : ''}></label></p>`)
  return `<form method="post" action="${escapeHtml(url)}?lang=${locale}">\n${lines.join('\n')}\n  <p><button>${escapeHtml(inLanguage(definition.button, locale))}</button></p>\n</form>`
}

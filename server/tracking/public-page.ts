import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { MailLocale } from '../../shared/templates.ts'
import { escapeHtml } from '../templates/liquid.ts'

/** Pages for people outside: plain HTML from the server, no script, nothing from elsewhere. `body` is ready HTML. */
export type PublicPage = { locale: MailLocale, title: string, company: string, body: string, mark?: 'done' | 'sorry' }

const style = `
:root { color-scheme: light dark; --ground: #f3f4f1; --card: #fff; --ink: #1b201d; --soft: #5f6763; --line: #e1e4e0; --accent: #1f6f5c; --on-accent: #fff; --sorry: #a4471c }
@media (prefers-color-scheme: dark) { :root { --ground: #141715; --card: #1d211f; --ink: #eceeec; --soft: #a3aca7; --line: #333a36; --accent: #5fc3a6; --on-accent: #0d1512; --sorry: #e99469 } }
* { box-sizing: border-box }
html { background: var(--ground); color: var(--ink); font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; -webkit-text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 32px 16px }
main { width: 100%; max-width: 500px; background: var(--card); border: 1px solid var(--line); border-radius: 18px; padding: 36px 36px 32px; box-shadow: 0 18px 50px -28px rgb(0 0 0 / .35) }
.company { margin: 0 0 22px; color: var(--soft); font-size: 15px; font-weight: 600; overflow-wrap: anywhere }
h1 { margin: 0 0 14px; font-size: 27px; line-height: 1.22; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere }
p { margin: 0 0 16px } p:last-child { margin-bottom: 0 }
.soft { color: var(--soft); font-size: 15px }
strong { font-weight: 650; overflow-wrap: anywhere }
form { margin: 24px 0 0 }
form + form { margin-top: 10px }
button { font: inherit; font-weight: 600; width: 100%; min-height: 50px; padding: 11px 20px; border-radius: 11px; border: 1px solid transparent; background: var(--accent); color: var(--on-accent); cursor: pointer }
button:hover { filter: brightness(1.06) }
button.quiet { background: transparent; border-color: var(--line); color: var(--ink) }
button.quiet:hover { border-color: var(--soft); filter: none }
a { color: var(--accent); text-underline-offset: 3px }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.links { margin-top: 26px; padding-top: 20px; border-top: 1px solid var(--line); font-size: 15px }
fieldset { border: 0; margin: 0; padding: 0 } legend { padding: 0; margin-bottom: 6px; color: var(--soft); font-size: 15px }
label.topic { display: grid; grid-template-columns: 24px 1fr; gap: 2px 14px; padding: 15px 0; border-top: 1px solid var(--line); cursor: pointer }
label.topic:first-of-type { border-top: 0 }
label.topic input { width: 21px; height: 21px; margin: 2px 0 0; accent-color: var(--accent) }
label.topic b { font-weight: 600 } label.topic small { grid-column: 2; color: var(--soft); font-size: 15px }
.mark { width: 46px; height: 46px; border-radius: 50%; display: grid; place-items: center; margin-bottom: 18px; background: color-mix(in srgb, var(--accent) 14%, transparent); color: var(--accent) }
.mark.sorry { background: color-mix(in srgb, var(--sorry) 14%, transparent); color: var(--sorry) }
@media (max-width: 480px) { body { justify-content: flex-start; padding: 14px 12px } main { padding: 26px 20px 24px; border-radius: 15px } h1 { font-size: 24px } }
`
const styleHash = createHash('sha256').update(style).digest('base64')
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

const marks = {
  done: '<div class="mark"><svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg></div>',
  sorry: '<div class="mark sorry"><svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" aria-hidden="true"><path d="M12 7v6M12 16.8v.2"/></svg></div>',
}

export function sendPublicPage(reply: FastifyReply, status: number, page: PublicPage): FastifyReply {
  const html = `<!doctype html>
<html lang="${page.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escapeHtml(page.company ? `${page.title} · ${page.company}` : page.title)}</title><style>${style}</style></head>
<body><main>${page.company ? `<p class="company">${escapeHtml(page.company)}</p>` : ''}${page.mark ? marks[page.mark] : ''}<h1>${escapeHtml(page.title)}</h1>
${page.body}</main></body></html>`
  return reply.code(status)
    .header('content-security-policy', policy)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .send(html)
}

/** The language a visitor's browser asks for, when we know nothing better. */
export function languageAsked(acceptLanguage: string | undefined, otherwise: MailLocale): MailLocale {
  for (const part of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const language = part.trim().slice(0, 2)
    if (language === 'ru' || language === 'en') return language
  }
  return otherwise
}

import type { Template } from 'liquidjs'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { liquidEngine } from './liquid.ts'
import type { LiquidMode } from './liquid.ts'
import { loadContactsForMail } from './mail-data.sql.ts'
import { mailScope } from './mail-scope.ts'

export type TextToFill = { contact_id: number, text: string, /** names beside those a mail has: enrolment, event */ more?: Record<string, unknown> }
export type FilledText = { text: string } | { error: string }

/**
 * Texts with personal fields in (Liquid, the names a mail has but its links), the same filled in out, in the same order:
 * a deal's title, the body of a webhook. One statement for all people. What cannot be read or filled is an error of that text alone.
 */
export async function fillTexts(db: Db, texts: TextToFill[], mode: Exclude<LiquidMode, 'html' | 'url'>, now: Date): Promise<FilledText[]> {
  const personal = texts.filter(({ text }) => /\{[{%]/.test(text))
  if (personal.length === 0) return texts.map(({ text }) => ({ text }))
  const company = await readCompany(db)
  const contacts = new Map((await loadContactsForMail(db, personal.map(each => each.contact_id))).map(contact => [contact.id, contact]))
  const parsed = new Map<string, Template[] | Error>()
  return texts.map(({ contact_id, text, more }) => {
    if (!/\{[{%]/.test(text)) return { text }
    const contact = contacts.get(contact_id)
    if (!contact) return { error: 'there is no such contact' }
    const locale = contact.locale?.startsWith('ru') ?? company.language === 'ru' ? 'ru' : 'en'
    const engine = liquidEngine(mode, locale)
    try {
      const key = `${locale}:${text}`
      const template = parsed.get(key) ?? attempt(() => engine.parse(text))
      parsed.set(key, template)
      if (template instanceof Error) return { error: template.message }
      const urls = { unsubscribe: () => '', preferences: () => '', confirm: () => '' }
      const scope = Object.defineProperties(mailScope({ contact, company, locale, urls, context: {}, products: [], now }), Object.getOwnPropertyDescriptors(more ?? {}))
      return { text: String(engine.renderSync(template, scope)) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  })
}

function attempt(parse: () => Template[]): Template[] | Error {
  try {
    return parse()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

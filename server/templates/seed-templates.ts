import type { Db } from '../base/db.ts'
import type { MailLocale } from '../../shared/templates.ts'
import { type ReadyMadeKey, readyMadeTemplates } from './ready-made-templates.ts'
import { createTemplate } from './save-template.ts'

const freeMail = /(^|\.)(gmail|googlemail|yahoo|outlook|hotmail|live|icloud|mail|yandex|ya|bk|inbox|list|rambler|proton|protonmail)\.[a-z.]{2,6}$/i

/** Where buttons lead until the author says: the sender's own domain, where it is one. */
export function siteOf(senderEmail: string): string {
  const domain = senderEmail.split('@')[1]?.toLowerCase() ?? ''
  return `https://${domain === '' || freeMail.test(domain) || !domain.includes('.') ? 'example.com' : domain}`
}

/** The ready-made mails in both languages, named in the company's. Returns their ids by key. */
export async function seedTemplates(tx: Db, company: { language: MailLocale, sender_email: string }, now: Date): Promise<Record<ReadyMadeKey, number>> {
  const site = siteOf(company.sender_email)
  const ids: Partial<Record<ReadyMadeKey, number>> = {}
  for (const template of readyMadeTemplates) {
    ids[template.key] = await createTemplate(tx, {
      name: template.name[company.language],
      kind: template.key === 'thanks' ? 'transactional' : 'marketing',
      document: template.document(site),
    }, null, company.language, now)
  }
  return ids as Record<ReadyMadeKey, number>
}

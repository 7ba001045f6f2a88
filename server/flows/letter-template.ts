import type { CompanySettings } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { systemMail } from '../forms/forms.sql.ts'
import { createTemplate } from '../templates/save-template.ts'

/** Plain, as a person writes: the text, then what is answered. What stands in it is escaped where it is filled in. */
const html = `<html><body style="font-family: sans-serif; font-size: 15px; line-height: 1.5; color: #1f2328">
<p>{% for line in context.letter.lines %}{{ line }}<br>{% endfor %}</p>
{% if context.letter.quote.size > 0 %}<p style="color: #6b7280">{{ context.letter.quote_head }}<br>{% for line in context.letter.quote %}{{ line }}<br>{% endfor %}</p>{% endif %}
</body></html>`

/** The version letters from the card leave with; the template is made with the first letter. */
export async function letterVersion(tx: Db, company: CompanySettings, now: Date): Promise<number> {
  const known = await systemMail(tx, 'letter')
  if (known !== undefined) return known.version_id
  const variant = { subject: '{{ context.letter.subject }}', preheader: '', html }
  await createTemplate(tx, {
    name: company.language === 'ru' ? 'Ответ из карточки' : 'Answer from the card', kind: 'transactional', system_key: 'letter',
    document: { format: 1, theme: { accent: '#1c7ed6', background: '#ffffff', font: 'sans' }, locales: { [company.language]: variant } },
  }, null, company.language, now)
  return (await systemMail(tx, 'letter'))!.version_id
}

import type { Language } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { button, divider, heading, mailDocumentOf, text, variant } from '../templates/block-builders.ts'
import { createTemplate } from '../templates/save-template.ts'
import { systemMail } from './forms.sql.ts'

/** The mail that asks a subscriber to confirm (double opt-in), in both languages. A second run makes none. */
export async function seedConfirmation(tx: Db, company: { language: Language }, now: Date): Promise<void> {
  if (await systemMail(tx, 'confirmation') !== undefined) return
  await createTemplate(tx, {
    name: company.language === 'ru' ? 'Подтверждение подписки' : 'Confirmation of a subscription',
    kind: 'transactional',
    system_key: 'confirmation',
    document: mailDocumentOf({
      ru: variant('Подтвердите подписку: {{ company.name }}', 'Остался один шаг: нажмите кнопку в письме', [
        heading('Остался один шаг'),
        text('<p>{{ contact.first_name | default: "Здравствуйте" }}, вы оставили этот адрес на странице «{{ context.form.name }}». Нажмите кнопку, чтобы подтвердить подписку.</p>'),
        button('Подтвердить подписку', '{{ confirm_url }}'),
        text('<p>Ссылка действует 14 дней. Если вы ничего не заполняли, просто не отвечайте: без подтверждения писем больше не будет.</p>'),
        divider(),
        text('<p>{{ company.name }}<br>{{ company.postal_address }}</p>'),
      ]),
      en: variant('Please confirm your subscription to {{ company.name }}', 'One step is left: press the button inside', [
        heading('One step is left'),
        text('<p>{{ contact.first_name | default: "Hello" }}, you left this address on the page “{{ context.form.name }}”. Press the button to confirm that you want our mails.</p>'),
        button('Confirm the subscription', '{{ confirm_url }}'),
        text('<p>The link works for 14 days. If it was not you, do nothing: without your confirmation no more mails will come.</p>'),
        divider(),
        text('<p>{{ company.name }}<br>{{ company.postal_address }}</p>'),
      ]),
    }),
  }, null, company.language, now)
}

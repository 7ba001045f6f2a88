import type { FormDefinition } from '../../shared/forms.ts'
import type { MailLocale } from '../../shared/templates.ts'
import type { Db } from '../base/db.ts'
import { listCustomFields, type StoredField } from '../contacts/custom-fields.sql.ts'
import { inLanguage, type FormInput } from './form-page.ts'

const kinds: Record<string, FormInput['kind']> = { email: 'email', phone: 'tel' }
const customKinds: Record<StoredField['kind'], FormInput['kind']> = { text: 'text', long_text: 'text', datetime: 'text', email: 'email', phone: 'tel', user: 'text', number: 'number', money: 'number', date: 'date', choice: 'choice', multi_choice: 'multi_choice', boolean: 'boolean', link: 'url' }

/** The fields of a form as the page shows them. A custom field that was archived is left out. */
export async function formInputs(db: Db, definition: FormDefinition, locale: MailLocale): Promise<FormInput[]> {
  const custom = new Map((await listCustomFields(db)).filter(field => field.archived_at === null).map(field => [`fields.${field.key}`, field]))
  return definition.fields.flatMap(({ field, label, required }): FormInput[] => {
    const stored = custom.get(field)
    if (field.startsWith('fields.') && stored === undefined) return []
    return [{
      field, required: required || field === 'email',
      label: inLanguage(label, locale) || stored?.label || field,
      kind: stored ? customKinds[stored.kind] : kinds[field] ?? 'text',
      options: stored?.options ?? [],
    }]
  })
}

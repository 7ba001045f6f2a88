import type { PersonalField } from '../../shared/templates.ts'

/**
 * Liquid as people read it, for the list of blocks: {{ contact.first_name | default: "friend" }} is [First name],
 * of an {% if %} the first branch is shown. The preview shows the mail exactly.
 */
export function inWords(source: string, fields: PersonalField[], reader: 'en' | 'ru'): string {
  const names = new Map(fields.map(field => [field.path, field.label[reader]]))
  return source
    .replace(/\{%-?\s*(?:else|elsif|when)\b[\s\S]*?\{%-?\s*end(?:if|unless|case)\s*-?%\}/g, '')
    .replace(/\{%[\s\S]*?%\}/g, '')
    .replace(/\{\{-?\s*([\w.]+)[\s\S]*?\}\}/g, (_, path: string) => `[${names.get(path) ?? path.split('.').pop() ?? path}]`)
}

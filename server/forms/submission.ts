import { z } from 'zod'

/** What a form puts into the properties of `form.submitted`, and reads back when the event is processed and confirmed. */
export const submission = z.looseObject({
  form_id: z.number().int(),
  form_name: z.string(),
  locale: z.enum(['en', 'ru']),
  /** by `first_name`, `phone`, `fields.size` …; without the email, by which the person was found */
  fields: z.record(z.string(), z.string()),
  topic_ids: z.array(z.number().int()),
  wording: z.string(),
  double_opt_in: z.boolean(),
  utm: z.record(z.string(), z.string()),
  source: z.string(),
  page_url: z.string(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
})
export type Submission = z.infer<typeof submission>

/** The fields as a card takes them. */
export function cardValues(fields: Submission['fields']): Record<string, unknown> & { fields?: Record<string, string> } {
  const custom = Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => name.startsWith('fields.') ? [[name.slice(7), value]] : []))
  const own = Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith('fields.')))
  return { ...own, ...(Object.keys(custom).length > 0 ? { fields: custom } : {}) }
}

/** What people read as the source of a lead: the form, and the campaign that led there. */
export function sourceLabel(form: string, utm: Record<string, string>): string {
  const from = [utm['utm_source'], utm['utm_campaign']].filter(Boolean).join(' / ')
  return from === '' ? form : `${form} · ${from}`
}

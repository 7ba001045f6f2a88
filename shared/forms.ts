import { z } from 'zod'

const bothLanguages = (max: number) => z.strictObject({ en: z.string().max(max), ru: z.string().max(max) })

export const formField = z.strictObject({
  /** `email`, `first_name`, `last_name`, `phone`, `city` or `fields.<key>` of a custom field */
  field: z.string().max(80),
  label: bothLanguages(200),
  required: z.boolean(),
})

export const formDefinition = z.strictObject({
  title: bothLanguages(300),
  description: bothLanguages(2000),
  button: bothLanguages(100),
  success: bothLanguages(2000),
  /** `email` is always among them and required */
  fields: z.array(formField).min(1).max(30),
  /** interests: topics the visitor ticks; with one topic and show_topics false it is taken by submitting */
  topic_ids: z.array(z.number().int()).min(1).max(50),
  show_topics: z.boolean(),
  consent_wording: bothLanguages(4000),
  double_opt_in: z.boolean(),
  /** put on the contact at submission */
  tag_ids: z.array(z.number().int()).max(20),
  source: z.string().max(200).describe('hidden source of the contact; UTM parameters of the page are kept beside it'),
  creates_lead: z.boolean(),
  lead_owner: z.union([z.literal('round_robin'), z.literal('nobody'), z.number().int()]),
  redirect_url: z.union([z.url(), z.literal('')]),
  accent: z.string().regex(/^#[0-9a-fA-F]{6}$/),
})
export type FormDefinition = z.infer<typeof formDefinition>

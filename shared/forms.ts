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
  lead_owner: z.union([z.literal('rules'), z.literal('nobody'), z.number().int()]),
  redirect_url: z.union([z.url(), z.literal('')]),
  accent: z.string().regex(/^#[0-9a-fA-F]{6}$/),
})
export type FormDefinition = z.infer<typeof formDefinition>

// ── on the wire ──────────────────────────────────────────────────────────────────────────────────────
const when = z.iso.datetime()
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'small Latin letters, digits and -')
export const formState = z.enum(['live', 'closed'])
export const formBody = z.strictObject({
  name: z.string().trim().min(1, 'give the form a name').max(200),
  slug: slug.optional().describe('the end of its address, /f/<slug>; left out: made from the name'),
  state: formState.default('live'),
  definition: formDefinition.optional().describe('left out: email and first name, the first topic, double opt-in'),
})
export const formUpdate = z.strictObject({
  revision: z.number().int(),
  name: z.string().trim().min(1, 'give the form a name').max(200).optional(),
  slug: slug.optional(),
  state: formState.optional(),
  definition: formDefinition.optional(),
})
export const formCounts = z.object({
  views: z.number().int(),
  submissions: z.number().int(),
  people: z.number().int().describe('different people who sent it in'),
  confirmed: z.number().int().describe('people whose subscription is confirmed'),
  leads: z.number().int(),
})
export const formRow = z.object({
  id: z.number().int(), name: z.string(), slug: z.string(), url: z.string(), state: formState, double_opt_in: z.boolean(),
  counts: formCounts, created_at: when, updated_at: when,
})
export type FormRow = z.infer<typeof formRow>
export const formView = formRow.extend({
  revision: z.number().int(),
  definition: formDefinition,
  embed: z.object({ script: z.string().describe('puts the form where the tag stands, as high as it needs to be'), html: z.string().describe('plain HTML, no script') }),
})
export type FormView = z.infer<typeof formView>
export const formList = z.object({ data: z.array(formRow), next_cursor: z.string().nullable() })
export const formPreviewBody = z.strictObject({ definition: formDefinition, locale: z.enum(['en', 'ru']) })
export const formPeople = z.object({
  data: z.array(z.object({ contact_id: z.number().int(), name: z.string(), email: z.string().nullable(), at: when })),
  next_cursor: z.string().nullable(),
})

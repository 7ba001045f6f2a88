import { z } from 'zod'
import { companySettings, language } from './company.ts'
import { isCurrency } from './money.ts'
import { fieldAccess } from './rights.ts'

export const role = z.enum(['administrator', 'marketer', 'manager', 'observer'])
export type Role = z.infer<typeof role>

export const password = z.string().min(10, 'at least 10 characters').max(200)

/** Who is signed in, and what the interface needs from the first moment. */
export const session = z.object({
  setup_required: z.boolean().describe('nobody has been created yet: POST /api/v1/setup'),
  user: z.object({ id: z.number().int(), name: z.string(), email: z.string(), role, locale: language }).nullable().describe('null: not signed in'),
  company: companySettings.nullable().describe('null while not signed in'),
  sees: z.object({ part: z.boolean().describe('not every contact, lead, deal, task or company'), fields: z.record(z.string(), fieldAccess).describe('fields of the card that may not be changed') }),
})
export type Session = z.infer<typeof session>

export const signInBody = z.object({ email: z.string().min(1).max(320), password: z.string().min(1).max(200) })

export const setupBody = z.object({
  language,
  company_name: z.string().trim().min(1, 'give the company a name').max(200),
  time_zone: z.string().min(1).max(100),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD'),
  sender_name: z.string().trim().min(1).max(200),
  sender_email: z.email().max(320),
  name: z.string().trim().min(1, 'give your name').max(200),
  email: z.email().max(320),
  password,
})
export type SetupBody = z.infer<typeof setupBody>

export const user = z.object({
  id: z.number().int(),
  name: z.string(),
  email: z.string(),
  role,
  locale: language,
  disabled_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
})
export type User = z.infer<typeof user>

export const createUserBody = z.object({ name: z.string().trim().min(1).max(200), email: z.email().max(320), role, password, locale: language.optional() })
export const changeUserBody = z.object({ name: z.string().trim().min(1).max(200).optional(), role: role.optional(), disabled: z.boolean().optional(), password: password.optional() })

/** PATCH /api/v1/profile */
export const changeProfileBody = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  locale: language.optional(),
  current_password: z.string().max(200).optional(),
  new_password: password.optional(),
})

export const apiKey = z.object({
  id: z.number().int(),
  name: z.string(),
  prefix: z.string().describe('the first characters, to know it by'),
  role,
  created_by: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
})
export type ApiKey = z.infer<typeof apiKey>
export const createApiKeyBody = z.object({ name: z.string().trim().min(1).max(200), role: role.default('administrator') })
export const createdApiKey = apiKey.extend({ key: z.string().describe('the key itself, shown this once') })
export type CreatedApiKey = z.infer<typeof createdApiKey>

/** People who sell or serve together. A person may be in several; one of a team may be its lead. */
export const team = z.object({
  id: z.number().int(),
  name: z.string(),
  members: z.array(z.object({ id: z.number().int(), name: z.string(), is_lead: z.boolean(), disabled: z.boolean() })).describe('the lead first, then by name'),
})
export type Team = z.infer<typeof team>
export const teamBody = z.object({
  name: z.string().trim().min(1, 'give the team a name').max(200),
  member_ids: z.array(z.number().int().positive()).max(1000).default([]),
  lead_id: z.number().int().positive().nullable().default(null).describe('one of the members'),
})

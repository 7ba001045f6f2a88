import { z } from 'zod'
import { isCurrency } from './money.ts'

export const language = z.enum(['en', 'ru'])
export type Language = z.infer<typeof language>

export const companySettings = z.object({
  name: z.string().trim().min(1).max(200),
  language,
  time_zone: z.string().min(1).max(100).describe('IANA, such as Europe/Moscow'),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').describe('revenue is counted in it'),
  sender_name: z.string().trim().min(1).max(200),
  sender_email: z.email().max(320),
  reply_to: z.union([z.email().max(320), z.literal('')]),
  postal_address: z.string().max(1000).describe('stands in the footer of marketing mails'),
  phone_country: z.string().regex(/^[A-Z]{2}$/).describe('ISO 3166 country assumed for phone numbers written without a code'),
  attribution_window_days: z.number().int().min(0).max(365).describe('an order belongs to the last mail clicked at most this many days before'),
})
export type CompanySettings = z.infer<typeof companySettings>

/** PATCH /api/v1/company: what is left out stays. */
export const changeCompanyBody = companySettings.partial()

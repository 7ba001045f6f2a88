import { z } from 'zod'
import { fieldValue } from './contacts.ts'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })
const money = z.object({ currency: z.string(), amount: z.number().describe('major units') })

export const companyRow = z.object({ id: z.number().int(), name: z.string(), domain: z.string().nullable(), contacts_count: z.number().int() })

const text = (longest: number) => z.string().max(longest).nullable()
const settable = {
  name: z.string().trim().min(1, 'give the company a name').max(200),
  domain: text(300).describe('its site: example.com'),
  phone: text(40),
  address: text(1000),
  owner_id: z.number().int().positive().nullable().describe('the member of staff who looks after it'),
  fields: z.record(z.string().max(50), fieldValue).describe('custom fields by key'),
}
export const createCompanyBody = z.object({ ...settable }).partial().required({ name: true })
export const changeCompanyBody = z.object({ ...settable }).partial().extend({ revision: z.number().int().describe('the revision you saw') })
export type CompanyInput = z.infer<typeof changeCompanyBody>

export const companyCard = z.object({
  id: z.number().int(),
  revision: z.number().int(),
  name: z.string(),
  domain: z.string().nullable(),
  phone: z.string().nullable(),
  address: z.string().nullable(),
  owner: named.nullable(),
  fields: z.record(z.string(), fieldValue),
  contacts_count: z.number().int(),
  revenue: money.describe('orders of everybody who works there'),
  orders_count: z.number().int(),
  last_event_at: when.nullable().describe('of anybody who works there'),
  open_deals: z.object({ count: z.number().int(), sums: z.array(money).describe('one for each currency') }),
  won_deals: z.object({ count: z.number().int(), sums: z.array(money) }),
  created_at: when,
  updated_at: when,
})
export type CompanyCard = z.infer<typeof companyCard>

export const companyPerson = z.object({ id: z.number().int(), name: z.string(), job_title: z.string().nullable(), email: z.string().nullable(), phone: z.string().nullable(), last_event_at: when.nullable() })
export type CompanyPerson = z.infer<typeof companyPerson>
export const companyDeal = z.object({ id: z.number().int(), title: z.string(), state: z.enum(['open', 'won', 'lost']), stage: z.string(), amount: z.number().nullable(), currency: z.string(), contact: named, owner: named.nullable(), stage_since: when })
export type CompanyDeal = z.infer<typeof companyDeal>

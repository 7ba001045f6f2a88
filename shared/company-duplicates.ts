import { z } from 'zod'
import { duplicateLevels } from './duplicates.ts'

export const companyReasonKinds = [
  'tax_same', 'tax_differs', 'name_same', 'name_close', 'name_part', 'name_differs', 'domain_same', 'domain_differs', 'phone_same', 'phone_differs', 'address_same', 'address_close', 'address_differs',
] as const
export const companyReason = z.object({
  kind: z.enum(companyReasonKinds).describe('what was compared and how it came out'),
  bits: z.number().describe('what it says: above zero for one company, below for two; each bit doubles the odds'),
})
export type CompanyReason = z.infer<typeof companyReason>

const duplicateCompany = z.object({
  id: z.number().int(), name: z.string(), domain: z.string().nullable(), phone: z.string().nullable(), address: z.string().nullable(), contacts_count: z.number().int(), created_at: z.string(),
})
export type DuplicateCompany = z.infer<typeof duplicateCompany>

export const companyPair = z.object({
  level: z.enum(duplicateLevels), score: z.number().describe('log2 of the odds that this is one company'), reasons: z.array(companyReason),
  stays: z.number().int().describe('the company that should stay: with more people, else the older one'),
  companies: z.tuple([duplicateCompany, duplicateCompany]),
})
export type CompanyPair = z.infer<typeof companyPair>
export const companyPairs = z.object({ data: z.array(companyPair), next_cursor: z.string().nullable() })
export const companyOverview = z.object({ certain: z.number().int(), likely: z.number().int(), possible: z.number().int(), different: z.number().int() })
export type CompanyOverview = z.infer<typeof companyOverview>

export const companyLikeBody = z.strictObject({ name: z.string().max(200).default(''), domain: z.string().max(300).optional(), phone: z.string().max(40).optional(), address: z.string().max(1000).optional(), fields: z.record(z.string().max(50), z.unknown()).optional() })
export const companiesLike = z.object({ data: z.array(companyPair.omit({ stays: true, companies: true }).extend({ company: duplicateCompany })) })

export const differentCompaniesBody = z.strictObject({ company_ids: z.tuple([z.number().int().positive(), z.number().int().positive()]) })
export const differentCompanies = z.object({ companies: z.tuple([duplicateCompany, duplicateCompany]), said_by: z.string().nullable(), said_at: z.string() })
export type DifferentCompanies = z.infer<typeof differentCompanies>
export const differentCompaniesList = z.object({ data: z.array(differentCompanies), next_cursor: z.string().nullable() })

const chosenField = z.string().max(100).regex(/^(name|domain|phone|address|owner_id|fields\.[a-z][a-z0-9_]*)$/, 'a field of the company, such as domain or fields.size')
export const companyMergeBody = z.strictObject({
  company_id: z.number().int().positive().describe('the company that goes'),
  fields: z.record(chosenField, z.number().int().positive()).default({}).describe('which company gives a field: its number by field. Left out: that of the company that stays, or the other where that is empty'),
})
export const companyMerge = z.object({
  id: z.number().int(), into: z.object({ id: z.number().int(), name: z.string() }), from: z.object({ id: z.number().int(), name: z.string().nullable().describe('null once the merge cannot be undone any more') }),
  merged_at: z.string(), merged_by: z.string().nullable(), undone_at: z.string().nullable(), undo_until: z.string().nullable().describe('null: undone, or too late'),
})
export type CompanyMerge = z.infer<typeof companyMerge>
export const companyMerges = z.object({ data: z.array(companyMerge), next_cursor: z.string().nullable() })

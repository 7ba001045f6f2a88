import { z } from 'zod'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

export const leadStatus = z.enum(['new', 'in_work', 'converted', 'refused'])
export type LeadStatus = z.infer<typeof leadStatus>

export const lead = z.object({
  id: z.number().int(),
  contact: z.object({ id: z.number().int(), name: z.string(), email: z.string().nullable(), phone: z.string().nullable() }),
  status: leadStatus,
  source: z.string().describe('form:3, campaign:5, api'),
  source_label: z.string(),
  utm: z.record(z.string(), z.string()),
  form_id: z.number().int().nullable(),
  owner: named.nullable(),
  assigned_because: z.string(),
  created_at: when,
  updated_at: when,
})
export type Lead = z.infer<typeof lead>
export const leadListQuery = z.object({
  status: leadStatus.optional(),
  owner: z.union([z.literal('me'), z.literal('nobody'), z.coerce.number().int().positive()]).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})
export const leadListPage = z.object({ data: z.array(lead), next_cursor: z.string().nullable() })
/** PATCH /api/v1/leads/:id */
export const changeLeadBody = z.object({ status: leadStatus.optional(), owner_id: z.number().int().positive().nullable().optional() })

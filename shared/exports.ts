import { z } from 'zod'

/** Days after which a file is gone. */
export const daysToKeepExports = 7
export const exportFormat = z.enum(['csv', 'xlsx', 'zip'])
export type ExportFormat = z.infer<typeof exportFormat>

/** everything: all the others, each as a CSV file of one archive. */
export const exportOf = z.enum(['contacts', 'companies', 'deals', 'orders', 'events', 'consents', 'suppressions', 'everything'])
export type ExportOf = z.infer<typeof exportOf>

export const createExportBody = z.object({
  of: exportOf.default('contacts'),
  search: z.string().max(200).default(''),
  filter: z.unknown().optional().describe('of contacts: a condition, see the schema Condition; left out: everybody'),
  sort: z.string().max(80).default('-created_at'),
  columns: z.array(z.string().max(60)).min(1).max(100).optional().describe('names in order: id, name, email, phone, …, fields.<key>; left out: all'),
  format: exportFormat.describe('zip: of everything, and of nothing else'),
  language: z.enum(['en', 'ru']).optional().describe('of headings, times and numbers; left out: yours, or that of the company'),
}).refine(asked => (asked.of === 'everything') === (asked.format === 'zip'), { path: ['format'], message: 'everything is an archive (zip), a single list is csv or xlsx' })
export const keptExport = z.object({
  id: z.number().int(), of: exportOf, format: exportFormat, state: z.enum(['running', 'done', 'stopped', 'failed']),
  total: z.number().int(), done: z.number().int(), error: z.string().nullable(), by: z.string().nullable(),
  created_at: z.iso.datetime(), finished_at: z.iso.datetime().nullable(), expires_at: z.iso.datetime(),
})
export type KeptExport = z.infer<typeof keptExport>

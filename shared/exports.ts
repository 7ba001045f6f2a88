import { z } from 'zod'

/** Days after which a file is gone. */
export const daysToKeepExports = 7
export const exportFormat = z.enum(['csv', 'xlsx'])
export type ExportFormat = z.infer<typeof exportFormat>

export const createExportBody = z.object({
  search: z.string().max(200).default(''),
  filter: z.unknown().optional().describe('a condition, see the schema Condition; left out: everybody'),
  sort: z.string().max(80).default('-created_at'),
  columns: z.array(z.string().max(60)).min(1).max(100).describe('names in order: id, name, email, phone, …, fields.<key>'),
  format: exportFormat,
  language: z.enum(['en', 'ru']).optional().describe('of headings, times and numbers; left out: yours, or that of the company'),
})
export const keptExport = z.object({
  id: z.number().int(), format: exportFormat, state: z.enum(['running', 'done', 'stopped', 'failed']),
  total: z.number().int(), done: z.number().int(), error: z.string().nullable(), by: z.string().nullable(),
  created_at: z.iso.datetime(), finished_at: z.iso.datetime().nullable(), expires_at: z.iso.datetime(),
})
export type KeptExport = z.infer<typeof keptExport>

import { z } from 'zod'

/** Bytes: of one file, and of all files one mail carries. Receivers refuse mails above 20 to 25 MB, and base64 adds a third. */
export const largestMailFile = 5 * 1024 * 1024
export const largestMailFiles = 10 * 1024 * 1024
/** Bytes of all files of the program together: they lie in the database and in its backups. */
export const mostMailFiles = 1_000_000_000

export const mailFile = z.object({
  id: z.number().int(), name: z.string(), content_type: z.string(), size: z.number().int().describe('bytes'),
  created_at: z.iso.datetime(), in_use: z.boolean().describe('a version of a template carries it; it cannot be deleted'),
  used_by: z.array(z.object({ template_id: z.number().int(), name: z.string(), now: z.boolean().describe('false: only an older version carries it, such as that of mails already sent') })).describe('by name of the template'),
})
export type MailFile = z.infer<typeof mailFile>

export const mailFilesUsage = z.object({
  files: z.number().int(), bytes: z.number().int(), most_bytes: z.number().int().describe('nothing is uploaded beyond it'),
  unused: z.object({ files: z.number().int(), bytes: z.number().int() }).describe('carried by no version and uploaded more than a day ago'),
})
export type MailFilesUsage = z.infer<typeof mailFilesUsage>

/** How HTML names a file that is shown inside the mail. */
export const inlineAddress = (id: number): string => `cid:file-${id}`
export const inlineAddresses = /cid:file-(\d{1,15})\b/g

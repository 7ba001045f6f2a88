import { z } from 'zod'

/** Bytes: of one file, and of all files one mail carries. Receivers refuse mails above 20 to 25 MB, and base64 adds a third. */
export const largestMailFile = 5 * 1024 * 1024
export const largestMailFiles = 10 * 1024 * 1024

export const mailFile = z.object({
  id: z.number().int(), name: z.string(), content_type: z.string(), size: z.number().int().describe('bytes'),
  created_at: z.iso.datetime(), in_use: z.boolean().describe('a version of a template carries it; it cannot be deleted'),
})
export type MailFile = z.infer<typeof mailFile>

/** How HTML names a file that is shown inside the mail. */
export const inlineAddress = (id: number): string => `cid:file-${id}`
export const inlineAddresses = /cid:file-(\d{1,15})\b/g

import { z } from 'zod'

/** What Amazon SES tells by mail through SNS: the same JSON as its webhook. */
const notice = z.object({
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  bounce: z.object({ bounceType: z.string().default(''), bouncedRecipients: z.array(z.object({ emailAddress: z.string(), action: z.string().default(''), status: z.string().default(''), diagnosticCode: z.string().default('') })).max(1000) }).optional(),
  complaint: z.object({ complaintFeedbackType: z.string().nullish(), complainedRecipients: z.array(z.object({ emailAddress: z.string() })).max(1000), userAgent: z.string().nullish(), arrivalDate: z.string().nullish() }).optional(),
  mail: z.object({ headers: z.array(z.object({ name: z.string(), value: z.string() })).max(1000).optional(), sourceIp: z.string().nullish() }).optional(),
})
export type ProviderNotice = z.infer<typeof notice>

/** null when the text is no such notice. Old mail systems cut long lines with "!" and go on in the next. */
export function readProviderNotice(text: string): ProviderNotice | null {
  const start = text.indexOf('{')
  if (start === -1 || start > 2000 || !/(?:notification|event)Type\\?"/.test(text.slice(start, start + 200_000))) return null
  const json = text.slice(start, Math.min(text.lastIndexOf('}') + 1, start + 200_000)).replace(/!\n /g, '')
  try {
    const outer: unknown = JSON.parse(json)
    const wrapped = z.object({ Type: z.literal('Notification'), Message: z.string() }).safeParse(outer)
    const found = notice.safeParse(wrapped.success ? JSON.parse(wrapped.data.Message) : outer)
    return found.success && (found.data.notificationType ?? found.data.eventType) !== undefined ? found.data : null
  } catch {
    return null
  }
}

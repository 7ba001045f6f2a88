import { z } from 'zod'

/** How mail that comes back is taken in. */
export const inboundSettings = z.object({
  return_address: z.string().describe('a host (mails return to b+…@host) or a mailbox (…+…@host); empty: to the sender'),
  example: z.string().nullable().describe('what the return path of a mail looks like'),
})
export type InboundSettings = z.infer<typeof inboundSettings>
export const changeInboundBody = z.object({
  return_address: z.string().trim().max(255).optional(),
})

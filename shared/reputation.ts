import { z } from 'zod'

/** What the program cannot find out by itself. */
export const reputationSettings = z.object({
  sending_addresses: z.array(z.union([z.ipv4(), z.ipv6()], 'give IP addresses such as 203.0.113.7')).max(50).default([]).describe('IP addresses your mail server sends from; empty: those of its name'),
})
export type ReputationSettings = z.infer<typeof reputationSettings>

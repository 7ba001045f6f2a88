import { z } from 'zod'

/** What stands within <> of a Message-ID (RFC 5322, 3.6.4), as far as it can stand in a header of ours. */
const mailKey = z.string().max(400).regex(/^[\x21-\x3b\x3d\x3f-\x7e]+$/)
const letter = z.object({ in_reply_to: mailKey, references: z.array(mailKey).max(50) })

/** What a mail answers, from the context of its message; null: nothing, or what cannot stand in a header. */
export function answersOf(context: Record<string, unknown>): { in_reply_to: string, references: string[] } | null {
  const read = letter.safeParse(context['letter'])
  return read.success ? { in_reply_to: read.data.in_reply_to, references: read.data.references.length > 0 ? read.data.references : [read.data.in_reply_to] } : null
}

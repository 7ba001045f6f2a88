import { z } from 'zod'

export const snippet = z.object({
  id: z.number().int(), name: z.string(), text: z.string().describe('with personal fields: {{ contact.first_name | default: "…" }}'),
  shared: z.boolean().describe('everybody\'s; else only yours'), may_change: z.boolean(), updated_at: z.iso.datetime(),
})
export type Snippet = z.infer<typeof snippet>
export const snippetBody = z.object({ name: z.string().trim().min(1, 'give it a name').max(100), text: z.string().trim().min(1, 'write the text').max(20_000), shared: z.boolean().default(false) })
export type SnippetBody = z.infer<typeof snippetBody>
export const snippetList = z.object({ data: z.array(snippet), next_cursor: z.string().nullable() })

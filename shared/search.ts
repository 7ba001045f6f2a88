import { z } from 'zod'

export const searchResult = z.object({
  kind: z.enum(['contact', 'segment', 'journey', 'campaign', 'template', 'form', 'deal']),
  id: z.number().int(),
  title: z.string(),
  detail: z.string(),
})
export type SearchResult = z.infer<typeof searchResult>
export const searchQuery = z.object({ q: z.string().trim().min(1).max(200) })
export const searchResults = z.object({ data: z.array(searchResult) })

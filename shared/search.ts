import { z } from 'zod'

export const searchKind = z.enum(['contact', 'company', 'lead', 'deal', 'task', 'segment', 'journey', 'campaign', 'template', 'form'])
export type SearchKind = z.infer<typeof searchKind>
export const searchResult = z.object({
  kind: searchKind,
  id: z.number().int(),
  contact_id: z.number().int().nullable().describe('whose lead, deal or task it is; of a contact its own number'),
  title: z.string(),
  detail: z.string(),
})
export type SearchResult = z.infer<typeof searchResult>
export const searchQuery = z.object({ q: z.string().trim().min(1).max(200) })
export const nearResult = searchResult.extend({ shown_for: z.string().describe('what was typed, with the words of this record in place of the mistyped ones') })
export type NearResult = z.infer<typeof nearResult>
export const searchResults = z.object({ data: z.array(searchResult), near: z.array(nearResult).describe('when `data` is little: people and companies found if one letter of a word was mistyped') })
export type SearchResults = z.infer<typeof searchResults>

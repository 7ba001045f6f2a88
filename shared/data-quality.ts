import { z } from 'zod'

const count = z.number().int()
const when = z.iso.datetime()

/** What can be wrong with a card, in the order in which it is shown. */
export const qualityFinding = z.enum([
  'no_email', 'no_phone', 'no_first_name', 'no_last_name', 'no_city', 'no_source', 'no_owner',
  'no_mail', 'future_date',
  'email_typo', 'email_disposable', 'name_case', 'name_signs', 'name_mixed', 'name_twice', 'name_test',
  'duplicate',
])
export type QualityFinding = z.infer<typeof qualityFinding>

export const qualityLevel = z.enum(['missing', 'invalid', 'doubtful', 'duplicate'])
export type QualityLevel = z.infer<typeof qualityLevel>
export const levelOf = (finding: QualityFinding): QualityLevel =>
  finding === 'duplicate' ? 'duplicate' : finding === 'no_mail' || finding === 'future_date' ? 'invalid' : finding.startsWith('no_') ? 'missing' : 'doubtful'

/** Findings that the list of contacts can be filtered by: the field that is unknown. */
export const missingField: Partial<Record<QualityFinding, string>> = {
  no_email: 'email', no_phone: 'phone', no_first_name: 'first_name', no_last_name: 'last_name', no_city: 'city', no_source: 'source', no_owner: 'owner_id',
}

export const qualityReport = z.object({
  as_of: when.nullable().describe('when the last count ended; null: none has'),
  counting: z.number().min(0).max(1).nullable().describe('how far a count is that goes on; null: none does'),
  contacts: count.describe('when the last count ended'),
  findings: z.array(z.object({
    finding: qualityFinding, level: qualityLevel, people: count,
    week_ago: count.nullable().describe('people a week before, as far as it was counted then'),
    made_by: z.array(z.object({ by: z.string().describe('who made the card: user, import, form, api, event …'), people: count })),
  })),
})
export type QualityReport = z.infer<typeof qualityReport>

export const qualityPeople = z.object({ data: z.array(z.object({ contact_id: count, name: z.string(), email: z.string().nullable() })), next_cursor: z.string().nullable() })
export const qualityIds = z.object({ contact_ids: z.array(count), more: z.boolean().describe('there are more than are given') })

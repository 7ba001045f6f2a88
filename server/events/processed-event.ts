/** An event that is in `events`, as the flows hand it on to whoever reacts. */
export type ProcessedEvent = {
  id: number
  contact_id: number
  type: string
  occurred_at: Date
  properties: Record<string, unknown>
  /** of an order: the mail it is attributed to */
  message_id: number | null
  campaign_id: number | null
  journey_id: number | null
  /** of a form, an import …: 'form:3', 'import:7', 'api', 'tracking' */
  source: string
  is_machine: boolean
  /** of an order: minor units */
  amount: number | null
  currency: string | null
}

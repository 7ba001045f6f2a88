import type { ClaimedMessage } from '../messages/claim-messages.sql.ts'

/** Whoever looks at one of these is told when the messages change. */
export function topicsOf(messages: ClaimedMessage[]): string[] {
  return messages.flatMap(message => [...(message.campaign_id === null ? [] : [`campaign:${message.campaign_id}`]), ...(message.journey_id === null ? [] : [`journey:${message.journey_id}`])])
}

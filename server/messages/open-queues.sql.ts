import { rows, sql, type Db } from '../base/db.ts'

/** A line of waiting messages from which at most `most` may leave now. */
export type OpenQueue = { name: string, most: number }

export const campaignQueue = (campaignId: number): string => `campaign:${campaignId}`

/**
 * The queues messages may leave from, the most urgent first: what somebody waits for, journeys, then campaigns that are
 * being sent, each with an equal share of a batch, so that a small one does not wait for a large one. `room`: how much the senders of each stream can take now. Looks only.
 */
export async function openQueues(db: Db, batch: number, room: { transactional: number, marketing: number } = { transactional: batch, marketing: batch }): Promise<OpenQueue[]> {
  const urgent = { name: 'transactional', most: Math.min(batch, room.transactional) }
  const rest = Math.min(batch, room.marketing)
  if (rest === 0) return [urgent]
  const campaigns = await rows<{ id: number }>(db, sql`
    select id
    from campaigns
    where state in ('planning', 'sending')
    order by random()`)
  const share = Math.max(1, Math.ceil(rest / Math.max(1, campaigns.length)))
  return [urgent, { name: 'journeys', most: rest }, ...campaigns.map(({ id }) => ({ name: campaignQueue(id), most: share }))]
}

import { rows, sql, type Db } from '../base/db.ts'

/** A line of waiting messages from which at most `most` may leave now. */
export type OpenQueue = { name: string, most: number }

export const campaignQueue = (campaignId: number): string => `campaign:${campaignId}`

/**
 * The queues messages may leave from, the most urgent first: what somebody waits for, journeys, then campaigns that are
 * being sent, each with an equal share of a batch, so that a small one does not wait for a large one. Looks only.
 */
export async function openQueues(db: Db, batch: number): Promise<OpenQueue[]> {
  const campaigns = await rows<{ id: number }>(db, sql`
    select id
    from campaigns
    where state in ('planning', 'sending')
    order by random()`)
  const share = Math.max(1, Math.ceil(batch / Math.max(1, campaigns.length)))
  return [{ name: 'transactional', most: batch }, { name: 'journeys', most: batch }, ...campaigns.map(({ id }) => ({ name: campaignQueue(id), most: share }))]
}

import { one, rows, sql, type Db } from '../base/db.ts'

/** A line of waiting messages from which at most `most` may leave now. */
export type OpenQueue = { name: string, most: number }
/** `pace_per_hour` null: as fast as it goes. `stage_mails`: so many in all may leave in this stage and those before; null: everybody. */
export type OpenCampaign = { id: number, pace_per_hour: number | null, stage_mails: number | null }

export const campaignQueue = (campaignId: number): string => `campaign:${campaignId}`
export const providerQueue = (provider: string): string => `provider:${provider}`

/** Campaigns that are being sent, in an order that changes, so that none is always the last. Looks only. */
export const openCampaigns = (db: Db): Promise<OpenCampaign[]> => rows(db, sql`
  select id, pace_per_hour,
    case
      when stages is null or stage >= jsonb_array_length(stages -> 'percents') then null
      -- How many one percent is, is known once everybody has their message.
      when state = 'planning' or audience is null then 0
      else greatest(1, ceil(audience * (stages -> 'percents' ->> stage)::numeric / 100))::bigint
    end as stage_mails
  from campaigns
  where state in ('planning', 'sending')
  order by random()`)

/**
 * The queues messages may leave from, the most urgent first: what somebody waits for, journeys, what waits for a provider
 * to take it, then campaigns, each with an equal share of a batch, so that a small one does not wait for a large one.
 * `room`: how much the senders of each stream can take now; `allowed`: how much a campaign may send now, all when absent.
 */
export function openQueues(batch: number, room: { transactional: number, marketing: number }, providers: OpenQueue[], campaigns: OpenCampaign[], allowed: Map<number, number>): OpenQueue[] {
  const rest = Math.min(batch, room.marketing)
  const share = Math.max(1, Math.ceil(rest / Math.max(1, campaigns.length)))
  return [
    { name: 'transactional', most: Math.min(batch, room.transactional) },
    { name: 'journeys', most: rest },
    ...providers.map(({ name, most }) => ({ name, most: Math.min(most, rest) })),
    ...campaigns.map(({ id }) => ({ name: campaignQueue(id), most: Math.min(rest, share, allowed.get(id) ?? rest) })),
  ].filter(({ most }) => most > 0)
}

/** When the mail that has waited longest in a queue was to leave; null: none waits. */
export const oldestWaiting = async (db: Db, queue: string): Promise<Date | null> =>
  (await one<{ at: Date | null }>(db, sql`select min(send_after) as at from messages where state = 'queued' and queue = ${queue}`)).at

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { one, sql, withTransaction } from '../base/db.ts'
import { claimMessages } from './claim-messages.sql.ts'
import { openCampaigns, openQueues } from './open-queues.sql.ts'
import { queueMessages } from './queue-messages.sql.ts'

let test: TestApp
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  test = await testApp()
  people = await makeAudience(test.db, 60)
})
afterAll(() => test.close())
beforeEach(async () => {
  await sql`delete from messages`.execute(test.db)
  await sql`delete from campaigns`.execute(test.db)
})

const makeCampaign = async (state: string): Promise<number> => (await one<{ id: number }>(test.db, sql`insert into campaigns (name, state) values ('Sale', ${state}) returning id`)).id
const queueCampaign = async (campaignId: number, contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'campaign' as const, campaign_id: campaignId, template_version_id: people.version, topic_id: people.topic })))
const later = new Date(Date.now() + 60_000)
const queues = async (limit: number) => openQueues(limit, { transactional: limit, marketing: limit }, [], await openCampaigns(test.db), new Map())
const claim = (limit: number) => withTransaction(test.db, async tx => claimMessages(tx, await queues(limit), limit, later))

describe('claimMessages', () => {
  it('what somebody waits for goes before journeys, journeys before campaigns, and campaigns share what is left', async () => {
    const [large, small, paused] = [await makeCampaign('sending'), await makeCampaign('planning'), await makeCampaign('paused')]
    await queueCampaign(large, people.contacts)
    await queueCampaign(small, people.contacts.slice(0, 5))
    await queueCampaign(paused, people.contacts.slice(0, 7))
    await queueMessages(test.db, [
      { contact_id: people.contacts[0]!, kind: 'journey', enrolment_id: 1, step_key: 'a', visit: 1, template_version_id: people.version, topic_id: people.topic },
      { contact_id: people.contacts[1]!, kind: 'journey', enrolment_id: 2, step_key: 'a', visit: 1, template_version_id: people.receiptVersion },
      { contact_id: people.contacts[2]!, kind: 'transactional', dedup_key: 'r', template_version_id: people.receiptVersion },
    ])
    const claimed = await claim(20)
    expect(claimed.slice(0, 3).map(message => [message.kind, message.template_kind])).toEqual([['transactional', 'transactional'], ['journey', 'transactional'], ['journey', 'marketing']])
    const of = (id: number) => claimed.filter(message => message.campaign_id === id).length
    expect([of(large), of(small), of(paused)]).toEqual([claimed.length - 8, 5, 0])
    expect(claimed).toHaveLength(18)
  })

  it('does not read past what a paused campaign keeps waiting', async () => {
    const paused = await makeCampaign('paused')
    await sql`
      insert into messages (contact_id, lane, kind, queue, priority, campaign_id, template_version_id, dedup_key)
      select ${people.contacts[0]!}::bigint, 0, 'campaign', 'campaign:' || ${paused}::bigint, 9, null, ${people.version}::bigint, 'many' || n
      from generate_series(1, 20000) as n`.execute(test.db)
    const running = await makeCampaign('sending')
    await queueCampaign(running, people.contacts)
    await sql`analyze messages`.execute(test.db)
    await withTransaction(test.db, async tx => {
      expect(await claimMessages(tx, await queues(50), 50, later)).toHaveLength(50)
      const { count } = await one<{ count: number }>(tx, sql`
        select pg_stat_get_xact_tuples_returned('messages'::regclass) + pg_stat_get_xact_tuples_returned('messages_queue'::regclass) as count`)
      expect(count).toBeGreaterThan(49)
      expect(count).toBeLessThan(1000)
    })
  })
})

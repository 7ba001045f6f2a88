import { sql } from 'kysely'
import type { JourneyGraph, JourneyStep } from '../shared/journeys.ts'
import { one, rows, withTransaction } from '../server/base/db.ts'
import { lockContacts } from '../server/contacts/find-contacts.sql.ts'
import { insertEvents } from '../server/events/insert-events.sql.ts'
import { rollupFieldsOf } from '../server/events/rollup-fields.ts'
import { applyChanges } from '../server/flows/apply-changes.ts'
import { saveContactsAndFollow } from '../server/flows/save-contacts.ts'
import { runUntilIdle } from './database.ts'
import type { Client, TestApp } from './database.ts'

export const graphOf = (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph =>
  ({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps, ...more })
export const ended = { end: { kind: 'end' } } satisfies Record<string, JourneyStep>

/** What tests of journeys do again and again, on the real program. */
export function journeyTest(server: TestApp, marketer: Client) {
  const make = async (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): Promise<number> => {
    const made = await marketer.post('/api/v1/journeys', { name: 'Journey', draft: graphOf(steps, more) })
    if (made.status !== 201) throw new Error(made.text)
    const activated = await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)
    if (activated.status !== 200) throw new Error(activated.text)
    return made.body.id
  }
  const way = async (journey: number, contact: number) => (await marketer.get(`/api/v1/journeys/${journey}/enrolments?contact_id=${contact}`)).body.data[0]
  return {
    make,
    way,
    /** `step: outcome`, and ` (reason)` where there is one */
    steps: async (journey: number, contact: number): Promise<string[]> => ((await way(journey, contact))?.steps ?? []).map((step: { step: string, outcome: string, reason: string }) => `${step.step}: ${step.outcome}${step.reason === '' ? '' : ` (${step.reason})`}`),
    enrol: async (journey: number, contacts: number[]): Promise<string[]> => (await marketer.post(`/api/v1/journeys/${journey}/enrolments`, { contacts })).body.data.map((row: { outcome: string }) => row.outcome),
    async template(): Promise<number> {
      const { id } = await one<{ id: number }>(server.db, sql`insert into templates (name) values ('Hello') returning id`)
      await sql`
        with version as (insert into template_versions (template_id, number, document) values (${id}, 1, '{}') returning id)
        update templates set version_id = version.id from version where templates.id = ${id}
      `.execute(server.db)
      return id
    },
    people: async (count: number, fields: Record<string, string> = {}): Promise<number[]> => (await rows<{ id: number }>(server.db, sql`
      with made as (insert into contacts (email, time_zone) select gen_random_uuid() || '@example.com', ${fields['time_zone'] ?? null} from generate_series(1, ${count}::integer) returning id, email)
      insert into contact_identities (kind, value, contact_id) select 'email', email, id from made returning contact_id as id
    `)).map(row => row.id),
    tag: async (name: string): Promise<number> => (await one<{ id: number }>(server.db, sql`insert into tags (name) values (${name}) returning id`)).id,
    save: (contact: number, values: Record<string, unknown>) => saveContactsAndFollow(server.app, server.db, [{ id: contact, ...values }], { now: server.app.now(), by: 'user:1', mode: 'overwrite' }),
    /** As processEvents does once an event is in: everything follows from it. */
    happen: (contact: number, type: string, properties: Record<string, unknown> = {}, at?: Date) => withTransaction(server.db, async tx => {
      await lockContacts(tx, [contact])
      const now = server.app.now()
      const events = await insertEvents(tx, [{ contact_id: contact, type, occurred_at: at ?? now, properties, source: 'api', message_id: null, campaign_id: null, journey_id: null }], now)
      await applyChanges(tx, server.app, [{ contact_id: contact, keys: [`event:${type}`, ...events.flatMap(event => rollupFieldsOf(event).map(field => `field:${field}`))], events }], now)
    }),
    tick: () => runUntilIdle(server, ['journeys.clock', 'journeys.conditions', 'journeys.dates', 'journeys.winners', 'segments.clock']),
    later: (hours: number) => server.setNow(new Date(server.app.now().getTime() + hours * 3_600_000)),
    messages: async (): Promise<string[]> => (await rows<{ contact_id: number, step_key: string }>(server.db, sql`select contact_id, step_key from messages order by contact_id, id`)).map(row => row.step_key),
  }
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { appendEvents } from '../events/append-events.sql.ts'

let sink: SmtpSink
let test: TestApp
let marketer: Client
let audience: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url } })
  marketer = await test.as('marketer')
  audience = await makeAudience(test.db, 40)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await sink.close()
})
const make = async (more: object = {}) => (await marketer.post('/api/v1/campaigns', { name: 'Sale', template_id: audience.template, segment_id: audience.segment, topic_id: audience.topic, ...more })).body
const loops = ['campaigns', 'send-messages', 'process-events']

describe('campaigns', () => {
  it('says what is missing, refuses strangers, and notices two people editing', async () => {
    expect((await (await test.as('observer')).post('/api/v1/campaigns', { name: 'x' })).status).toBe(403)
    expect((await marketer.post('/api/v1/campaigns', { name: ' ' })).body.errors[0].field).toBe('name')
    expect((await marketer.post('/api/v1/campaigns', { name: 'x', template_id: 99_999 })).body).toMatchObject({ status: 422, errors: [{ field: 'template_id' }] })
    const empty = (await marketer.post('/api/v1/campaigns', { name: 'Empty' })).body
    const refused = await marketer.post(`/api/v1/campaigns/${empty.id}/sending`)
    expect(refused.status).toBe(409)
    expect(refused.body.errors.map((error: { field: string }) => error.field)).toEqual(['no_template', 'no_segment', 'no_topic'])
    expect((await marketer.patch(`/api/v1/campaigns/${empty.id}`, { revision: 1, template_id: audience.receipt, segment_id: audience.segment, topic_id: audience.topic })).status).toBe(200)
    expect((await marketer.patch(`/api/v1/campaigns/${empty.id}`, { revision: 1, name: 'late' })).body.code).toBe('changed_meanwhile')
    expect((await marketer.post(`/api/v1/campaigns/${empty.id}/sending`)).body.errors[0].field).toBe('template_not_marketing')
    expect((await marketer.delete(`/api/v1/campaigns/${empty.id}`)).status).toBe(204)
    expect((await marketer.get(`/api/v1/campaigns/${empty.id}`)).status).toBe(404)
  })

  it('pre-flight, sending, reactions, report: every number agrees with the people behind it', async () => {
    const [none, gone, , ...rest] = audience.contacts as [number, number, number, ...number[]]
    await sql`delete from consent_states where contact_id = ${none}`.execute(test.db)
    await sql`update consent_states set status = 'withdrawn' where contact_id = ${gone}`.execute(test.db)
    sink.answer = (step, { to }) => step === 'rcpt' && to === 'p3@example.org' ? '550 5.1.1 User unknown' : undefined
    const campaign = await make()
    const preflight = (await marketer.get(`/api/v1/campaigns/${campaign.id}/preflight`)).body
    expect(preflight).toMatchObject({ audience: 40, will_get: 38, ready: true, sender: { email: 'news@shop.example', signed: false, transport: 'smtp' } })
    expect(preflight.skipped).toEqual(expect.arrayContaining([{ reason: 'no_consent', count: 1 }, { reason: 'unsubscribed', count: 1 }]))
    expect(preflight.issues.map((issue: { code: string }) => issue.code)).toContain('unsigned')
    const behind = (await marketer.get(`/api/v1/campaigns/${campaign.id}/preflight/people?reason=unsubscribed`)).body
    expect(behind.data).toMatchObject([{ id: gone, email: 'p2@example.org' }])

    // pressed many times at once
    const pressed = await Promise.all(Array.from({ length: 5 }, () => marketer.post(`/api/v1/campaigns/${campaign.id}/sending`)))
    expect(pressed.every(answer => answer.status === 200)).toBe(true)
    await runUntilIdle(test, loops)
    await marketer.post(`/api/v1/campaigns/${campaign.id}/sending`)
    await runUntilIdle(test, loops)
    expect(sink.accepted.map(mail => mail.to).sort()).toEqual(rest.map((_, index) => `p${index + 4}@example.org`).sort())
    expect((await marketer.get(`/api/v1/campaigns/${campaign.id}`)).body).toMatchObject({ state: 'sent', ledger: { planned: 40, sent: 38, skipped: 2, bounced: 1, queued: 0 } })

    const [opener, machine, clicker] = rest as [number, number, number]
    const messages = new Map((await sql<{ contact_id: number, id: number }>`select contact_id, id from messages where campaign_id = ${campaign.id}`.execute(test.db)).rows.map(row => [row.contact_id, row.id]))
    const event = (type: string, contact: number, more: object = {}) => ({ type, contact: { id: contact }, source: 'tracking', message_id: messages.get(contact)!, campaign_id: campaign.id, ...more })
    await appendEvents(test.db, [
      event('email.opened', opener), event('email.opened', opener), event('email.opened', machine, { machine_reason: 'prefetch' }),
      event('email.opened', clicker), event('email.clicked', clicker, { properties: { url: 'https://shop.example/sale', link: 1 } }), event('email.clicked', clicker, { properties: { url: 'https://shop.example/sale', link: 1 } }),
    ], test.app.now())
    await runUntilIdle(test, loops)
    await appendEvents(test.db, [{ type: 'order.placed', contact: { id: clicker }, source: 'api', properties: { order_id: 'A1', amount: 40, currency: 'EUR', items: [] } }], test.app.now())
    await runUntilIdle(test, loops)
    const report = (await marketer.get(`/api/v1/campaigns/${campaign.id}/report`)).body
    expect(report.reactions).toEqual({ sent: 38, delivered: 37, opened: 2, opened_with_machines: 3, clicked: 1, clicked_with_machines: 1, unsubscribed: 0, bounced: 1, complained: 0, orders: 1, buyers: 1, revenue: 40 })
    expect(report.links).toEqual([{ url: 'https://shop.example/sale', people: 1, clicks: 2, machines: 0 }])
    expect(report.reasons).toEqual(expect.arrayContaining([{ state: 'bounced', reason: 'unknown_recipient', count: 1 }, { state: 'skipped', reason: 'no_consent', count: 1 }]))
    for (const [what, number] of [...Object.entries(report.ledger), ...Object.entries(report.reactions)] as [string, number][]) {
      if (['orders', 'revenue'].includes(what)) continue
      let count = 0
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: { data: unknown[], next_cursor: string | null } = (await marketer.get(`/api/v1/campaigns/${campaign.id}/people?what=${what}&limit=15${cursor ? `&cursor=${cursor}` : ''}`)).body
        count += page.data.length
        cursor = page.next_cursor
      }
      expect(`${what} ${count}`).toBe(`${what} ${number}`)
    }
    expect((await marketer.get(`/api/v1/campaigns/${campaign.id}/people?what=clicked&url=${encodeURIComponent('https://shop.example/sale')}`)).body.data).toMatchObject([{ id: clicker }])
    const csv = await marketer.get(`/api/v1/campaigns/${campaign.id}/ledger.csv`)
    expect(csv.text.trim().split('\r\n')).toHaveLength(41)

    // the rest: one agrees again, one is new, the bounced one stays out
    await sql`update consent_states set status = 'granted' where contact_id = ${gone}`.execute(test.db)
    const [fresh] = (await sql<{ id: number }>`insert into contacts (email) values ('fresh@example.org') returning id`.execute(test.db)).rows
    await sql`insert into consent_states values (${fresh!.id}, ${audience.topic}, 'granted', now())`.execute(test.db)
    await sql`insert into segment_memberships values (${fresh!.id}, ${audience.segment}, now())`.execute(test.db)
    expect((await marketer.get(`/api/v1/campaigns/${campaign.id}/rest`)).body).toEqual({ new_members: 1, allowed_now: 1, failed: 0 })
    sink.accepted.length = 0
    await marketer.post(`/api/v1/campaigns/${campaign.id}/rest`, {})
    await runUntilIdle(test, loops)
    expect(sink.accepted.map(mail => mail.to).sort()).toEqual(['fresh@example.org', 'p2@example.org'])
    sink.accepted.length = 0
    sink.answer = () => undefined
  })

  it('waits for its time, can be taken back, paused, resumed and cancelled', async () => {
    const campaign = await make()
    const start = Date.now() + 60_000
    test.setNow(new Date(start))
    const at = new Date(start + 3_600_000)
    expect((await marketer.post(`/api/v1/campaigns/${campaign.id}/sending`, { send_at: at.toISOString() })).body).toMatchObject({ state: 'scheduled' })
    await runUntilIdle(test, loops)
    expect(sink.accepted).toHaveLength(0)
    expect((await marketer.delete(`/api/v1/campaigns/${campaign.id}/sending`)).body.state).toBe('draft')
    await marketer.post(`/api/v1/campaigns/${campaign.id}/sending`, { send_at: at.toISOString() })
    test.setNow(new Date(at.getTime() + 1000))
    await runUntilIdle(test, ['campaigns'])
    expect((await marketer.get(`/api/v1/campaigns/${campaign.id}`)).body.ledger.queued).toBe(41)
    expect((await marketer.delete(`/api/v1/campaigns/${campaign.id}/sending`)).body.state).toBe('paused')
    await runUntilIdle(test, loops)
    expect(sink.accepted).toHaveLength(0)
    expect((await marketer.post(`/api/v1/campaigns/${campaign.id}/sending`)).body.state).toBe('sending')
    await runUntilIdle(test, ['send-messages'])
    const got = sink.accepted.length
    expect(got).toBeGreaterThan(30)
    const other = await make({ name: 'Other' })
    await marketer.post(`/api/v1/campaigns/${other.id}/sending`)
    await runUntilIdle(test, ['campaigns'])
    expect((await marketer.post(`/api/v1/campaigns/${other.id}/cancellation`)).body).toMatchObject({ state: 'cancelled', ledger: { queued: 0, skipped: 41 } })
    expect((await marketer.post(`/api/v1/campaigns/${other.id}/sending`)).body.code).toBe('cancelled')
    await runUntilIdle(test, loops)
    expect(sink.accepted).toHaveLength(got)
    sink.accepted.length = 0
  })

  it('two workers planning and sending at once mail everybody once', async () => {
    const big = await makeAudience(test.db, 0)
    const campaign = await make({ segment_id: audience.segment, template_id: big.template })
    const second = { ...test.app }
    await marketer.post(`/api/v1/campaigns/${campaign.id}/sending`)
    const { runCampaigns } = await import('./run-campaigns.ts')
    const { sendMessages } = await import('../delivery/send-messages.ts')
    const work = async (app: typeof second) => { for (let round = 0; round < 60; round++) await Promise.all([runCampaigns(app), sendMessages(app)]) }
    await Promise.all([work(test.app), work(second)])
    await stopSending(second)
    const to = sink.accepted.map(mail => mail.to)
    expect(new Set(to).size).toBe(to.length)
    expect(to.length).toBeGreaterThan(35)
  })
})

describe('the settings of sending', () => {
  it('a failed test says at which step and what to do', async () => {
    const administrator = await test.as('administrator')
    expect((await administrator.put('/api/v1/sending', { host: 'x', port: 25, security: 'none' })).body.code).toBe('set_by_environment')
    const good = (await administrator.post('/api/v1/sending/test', { to: 'me@example.org' })).body
    expect(good).toMatchObject({ ok: true, secured: false })
    expect(sink.accepted.at(-1)).toMatchObject({ to: 'me@example.org' })
    const port = (await startSmtpSink({ user: 'u', password: 'p' }))
    const bad = (await administrator.post('/api/v1/sending/test', { smtp: { host: '127.0.0.1', port: port.port, security: 'none', user: 'u', password: 'wrong' } })).body
    expect(bad).toMatchObject({ ok: false, code: 'refused' })
    expect(bad.steps.at(-1)).toEqual({ step: 'auth', ok: false })
    expect(bad.advice).toContain('password')
    const noTls = (await administrator.post('/api/v1/sending/test', { smtp: { host: '127.0.0.1', port: port.port, security: 'starttls', user: 'u', password: 'p' } })).body
    expect(noTls).toMatchObject({ ok: false, code: 'no_starttls' })
    await port.close()
    const gone = (await administrator.post('/api/v1/sending/test', { smtp: { host: '127.0.0.1', port: port.port, security: 'none' } })).body
    expect(gone.steps).toEqual([{ step: 'connect', ok: false }])
  })
  it('a domain gets a key and a record', async () => {
    const administrator = await test.as('administrator')
    const made = (await administrator.post('/api/v1/sending-domains', { domain: 'Shop.Example' })).body
    expect(made).toMatchObject({ domain: 'shop.example', is_sender: true, verified_at: null })
    expect(made.record.value).toMatch(/^v=DKIM1; k=rsa; p=MIIB/)
    expect((await administrator.post('/api/v1/sending-domains', { domain: 'shop.example' })).body.code).toBe('domain_exists')
    expect((await administrator.post('/api/v1/sending-domains', { domain: 'not a domain' })).status).toBe(422)
    const stored = (await sql<{ private_key: string }>`select private_key from sending_domains`.execute(test.db)).rows[0]!.private_key
    expect(stored).not.toContain('PRIVATE')
    expect((await administrator.delete(`/api/v1/sending-domains/${made.id}`)).status).toBe(204)
  })
})

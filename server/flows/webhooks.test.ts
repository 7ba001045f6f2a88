import { createHmac } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { callOutside } from '../base/call-outside.ts'
import { guardedLookup, isPublicAddress } from '../base/guarded-addresses.ts'
import { one, rows, sql } from '../base/db.ts'
import { sendWebhooks } from './send-webhooks.ts'
import { advanceJourneys } from './advance-journeys.ts'

type Heard = { path: string, headers: http.IncomingHttpHeaders, body: string }
let t: TestApp
let api: Client
let receiver: http.Server
let other: string
let heard: Heard[] = []
let answer: (request: Heard, response: http.ServerResponse) => void
let base: string
const start = new Date('2026-11-20T12:00:00Z')

beforeAll(async () => {
  t = await testApp()
  api = await t.as('administrator')
  receiver = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() }
      heard.push(one)
      answer(one, response)
    })
  })
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  other = base
  await api.post('/api/v1/custom-fields', { key: 'score', label: 'Score', kind: 'number' })
}, 300_000)
afterAll(async () => {
  receiver?.closeAllConnections()
  receiver?.close()
  await t?.close()
})
beforeEach(async () => {
  heard = []
  t.setNow(start)
  answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  await api.put('/api/v1/webhook-settings', { allow_private: true })
  await sql`delete from webhook_calls`.execute(t.db)
})

let people = 0
const person = async (): Promise<number> => (await api.put('/api/v1/contacts', { email: `w${people++}@example.org`, first_name: 'Anna "A"', city: 'Omsk' })).body.id
const call = (more: Partial<Extract<JourneyStep, { kind: 'call_webhook' }>> = {}): JourneyStep => ({ kind: 'call_webhook', url: `${base}/hook`, body: '', save: [], next: null, ...more })
const journey = async (steps: Record<string, JourneyStep>): Promise<number> => {
  const made = await api.post('/api/v1/journeys', { name: 'Hook', draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'always', first: Object.keys(steps)[0], steps } })
  expect(await api.post(`/api/v1/journeys/${made.body.id}/activation`)).toMatchObject({ status: 200 })
  return made.body.id
}
const enrol = (id: number, contacts: number[]) => api.post(`/api/v1/journeys/${id}/enrolments`, { contacts })
const send = async () => { while (await sendWebhooks(t.app)) { /* until none is under way or due */ } }
const later = (seconds: number) => t.setNow(new Date(t.app.now().getTime() + seconds * 1000))
const calls = async () => (await api.get('/api/v1/webhook-calls')).body.data
const stateOf = (id: number, contact: number) => one<{ state: string, state_reason: string, step_key: string, context: { learned?: Record<string, unknown> } }>(t.db, sql`select state, state_reason, step_key, context from enrolments where journey_id = ${id} and contact_id = ${contact} order by id desc limit 1`)

describe('a sample', () => {
  const sample = (body: object) => api.post('/api/v1/webhook-samples', body)

  test('is sent at once and signed; status, time and the beginning of the answer are shown, and nothing is kept', async () => {
    answer = (_, response) => response.writeHead(201).end('x'.repeat(3000))
    const sent = await sample({ url: `${base}/try` })
    expect(sent).toMatchObject({ status: 200, body: { outcome: 'answered', status: 201, answer: 'x'.repeat(2000), answer_cut: true, detail: '' } })
    expect(sent.body.milliseconds).toBeGreaterThanOrEqual(0)
    const [got] = heard
    const { secret } = (await api.get('/api/v1/webhook-settings')).body
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = got!.headers as Record<string, string>
    expect(signature).toBe(`v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${id}.${timestamp}.${got!.body}`).digest('base64')}`)
    expect(JSON.parse(got!.body)).toMatchObject({ type: 'journey.step', sample: true, data: { contact: { email: 'anna@example.com' }, enrolment: { is_test: true } } })
    expect(sent.body.body).toBe(got!.body)
    expect(await calls()).toEqual([])
  })

  test('a body of one\'s own is sent as it is; what is no address or no JSON is refused', async () => {
    await sample({ url: `${base}/try`, body: '{"a": 1}' })
    expect(heard[0]!.body).toBe('{"a": 1}')
    expect(await sample({ url: `${base}/try`, body: '{a: 1}' })).toMatchObject({ status: 422, body: { errors: [{ field: 'body', message: 'the body is not JSON' }] } })
    expect(await sample({ url: 'ftp://example.com' })).toMatchObject({ status: 422, body: { errors: [{ field: 'url' }] } })
    expect(heard).toHaveLength(1)
  })

  test('a private address, a redirect and an error are told as they would be of a real call', async () => {
    answer = (request, response) => request.path === '/away' ? response.writeHead(302, { location: 'https://example.com' }).end() : response.writeHead(500).end('no')
    expect((await sample({ url: `${base}/away` })).body).toMatchObject({ outcome: 'redirected', status: 302 })
    expect((await sample({ url: `${base}/broken` })).body).toMatchObject({ outcome: 'bad_status', status: 500, answer: 'no' })
    await api.put('/api/v1/webhook-settings', { allow_private: false })
    expect((await sample({ url: `${base}/inside` })).body).toMatchObject({ outcome: 'refused_address', status: null, answer: null })
    expect(heard.map(one => one.path)).toEqual(['/away', '/broken'])
    expect((await (await t.as('manager')).post('/api/v1/webhook-samples', { url: base })).status).toBe(403)
  })
})

describe('a step calls a webhook', () => {
  test('signed so that the receiver can check it; the answer goes to the card, the timeline and the journey', async () => {
    answer = (_, response) => response.end(JSON.stringify({ result: { score: 7.5, town: ['x', 'Tula'] } }))
    const id = await journey({ call: call({ body: '{"name": "{{ contact.first_name }}", "city": {{ contact.city | json }}, "step": "{{ enrolment.step }}"}', save: [{ path: 'result.score', field: 'fields.score' }, { path: 'result.town.1', field: 'city' }, { path: 'nowhere', field: 'last_name' }] }) })
    const contact = await person()
    await enrol(id, [contact])
    expect(await stateOf(id, contact)).toMatchObject({ state: 'waiting', step_key: 'call' })
    await send()
    expect(JSON.parse(heard[0]!.body)).toEqual({ name: 'Anna "A"', city: 'Omsk', step: 'call' })
    const { secret } = (await api.get('/api/v1/webhook-settings')).body
    const { 'webhook-id': callId, 'webhook-timestamp': at, 'webhook-signature': signature } = heard[0]!.headers
    expect(signature).toBe(`v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(`${String(callId)}.${String(at)}.${heard[0]!.body}`).digest('base64')}`)
    expect(Number(at)).toBe(start.getTime() / 1000)
    expect((await api.get(`/api/v1/contacts/${contact}`)).body).toMatchObject({ city: 'Tula', fields: { score: 7.5 }, last_name: null })
    expect(await stateOf(id, contact)).toMatchObject({ state: 'done', context: { learned: { call: { status: 200, answer: { result: { score: 7.5 } } } } } })
    expect(await calls()).toMatchObject([{ state: 'done', outcome: 'answered', status: 200, attempts: 1, journey: { id } }])
    expect(await rows(t.db, sql`select properties from events where contact_id = ${contact} and type = 'webhook.answered'`)).toMatchObject([{ properties: { status: 200, outcome: 'answered' } }])
    await send()
    expect(heard).toHaveLength(1)
  })

  test('without a body of its own it sends the card and the way through the journey', async () => {
    const id = await journey({ call: call() })
    const contact = await person()
    await enrol(id, [contact])
    await send()
    expect(JSON.parse(heard[0]!.body)).toMatchObject({ type: 'journey.step', timestamp: start.toISOString(), data: { contact: { id: contact, city: 'Omsk' }, enrolment: { journey_id: id, step: 'call', journey: 'Hook' }, event: null } })
  })

  test('500 is tried again after a pause with the same id, and the person goes on at last', async () => {
    let times = 0
    answer = (_, response) => response.writeHead(++times < 3 ? 500 : 200).end('oops')
    const id = await journey({ call: call() })
    const contact = await person()
    await enrol(id, [contact])
    await send()
    expect(await calls()).toMatchObject([{ state: 'waiting', outcome: 'bad_status', status: 500, attempts: 1 }])
    await send()
    expect(heard).toHaveLength(1)
    later(6)
    await send()
    later(6 * 60)
    await send()
    expect(heard).toHaveLength(3)
    expect(new Set(heard.map(one => one.headers['webhook-id'])).size).toBe(1)
    expect(await stateOf(id, contact)).toMatchObject({ state: 'done' })
  })

  test('429 waits as long as Retry-After says', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end()
    await enrol(await journey({ call: call() }), [await person()])
    await send()
    expect((await calls())[0]).toMatchObject({ state: 'waiting', next_at: new Date(start.getTime() + 3_600_000).toISOString() })
  })

  test('404 is final: the person goes the way of those who fail, or stops with the reason; trying the call again lets them go on', async () => {
    answer = (_, response) => response.writeHead(404).end()
    const contact = await person()
    const { body: tag } = await api.post('/api/v1/tags', { name: 'no hook' })
    const elsewhere = await journey({ call: call({ next_failed: 'tag' }), tag: { kind: 'add_tag', tag_id: tag.id, next: null } })
    const id = await journey({ call: call() })
    await enrol(elsewhere, [contact])
    await enrol(id, [contact])
    await send()
    expect(await stateOf(elsewhere, contact)).toMatchObject({ state: 'done' })
    expect((await api.get(`/api/v1/contacts/${contact}`)).body.tags).toMatchObject([{ id: tag.id }])
    expect(await stateOf(id, contact)).toMatchObject({ state: 'failed', state_reason: 'webhook_bad_status:404' })
    answer = (_, response) => response.end('{}')
    const failed = (await calls()).find((one: { journey: { id: number } }) => one.journey.id === id)
    expect((await api.post(`/api/v1/webhook-calls/${failed.id}/retrial`)).body).toMatchObject({ state: 'waiting', attempts: 0 })
    await send()
    expect(await stateOf(id, contact)).toMatchObject({ state: 'done' })
    expect(await api.post(`/api/v1/webhook-calls/${failed.id}/retrial`)).toMatchObject({ status: 409, body: { code: 'nothing_to_try' } })
  })

  test('nobody there is tried for about a day, then it fails with what the network said', async () => {
    const id = await journey({ call: call({ url: 'http://127.0.0.1:1/hook' }) })
    const contact = await person()
    await enrol(id, [contact])
    for (let tries = 0; tries < 12; tries++) {
      await send()
      later(10 * 3600)
    }
    expect(await calls()).toMatchObject([{ state: 'failed', outcome: 'network', attempts: 8, detail: expect.stringContaining('ECONNREFUSED') }])
    expect(await stateOf(id, contact)).toMatchObject({ state: 'failed', state_reason: 'webhook_network' })
  })

  test('what the answer says is checked as any edit of the card: a value that does not fit fails the step and changes nothing', async () => {
    answer = (_, response) => response.end('{"score": "many", "city": "Perm"}')
    const id = await journey({ call: call({ save: [{ path: 'score', field: 'fields.score' }, { path: 'city', field: 'city' }] }) })
    const contact = await person()
    await enrol(id, [contact])
    await send()
    expect((await api.get(`/api/v1/contacts/${contact}`)).body).toMatchObject({ city: 'Omsk' })
    expect(await stateOf(id, contact)).toMatchObject({ state: 'failed', state_reason: 'webhook_not_saved' })
    expect((await calls())[0]).toMatchObject({ outcome: 'not_saved', detail: expect.stringContaining('fields.score') })
  })

  test('a body that is not JSON calls nobody', async () => {
    const id = await journey({ call: call({ body: '{"name": {{ contact.first_name }}}' }) })
    const contact = await person()
    await enrol(id, [contact])
    expect(await stateOf(id, contact)).toMatchObject({ state: 'failed', state_reason: 'webhook_body_not_json' })
    expect(await calls()).toEqual([])
  })

  test('a worker that died in between: the call counts as lost and is sent again; its late answer changes nothing', async () => {
    const id = await journey({ call: call() })
    const contact = await person()
    await enrol(id, [contact])
    await sql`update webhook_calls set state = 'sending', attempts = 1, next_at = ${new Date(start.getTime() + 60_000)}`.execute(t.db)
    await send()
    expect(heard).toHaveLength(0)
    later(61)
    await send()
    expect(heard).toHaveLength(1)
    expect(await calls()).toMatchObject([{ state: 'done', attempts: 2 }])
  })

  test('several workers send each call once, and few at a time to one host', async () => {
    let most = 0
    let now = 0
    answer = (_, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => { now--; response.end('{}') }, 20)
    }
    const id = await journey({ call: call() })
    const contacts = await Promise.all(Array.from({ length: 12 }, person))
    await enrol(id, contacts)
    await Promise.all([send(), send(), send()])
    await send()
    expect(new Set(heard.map(one => one.headers['webhook-id'])).size).toBe(12)
    expect(heard).toHaveLength(12)
    expect(most).toBeLessThanOrEqual(4)
    expect(await rows(t.db, sql`select state from enrolments where journey_id = ${id} and state <> 'done'`)).toEqual([])
  })

  test('who waits longest of all is asked again and waits on', async () => {
    const id = await journey({ call: call() })
    const contact = await person()
    await enrol(id, [contact])
    later(3 * 86_400)
    await advanceJourneys(t.app)
    expect(await stateOf(id, contact)).toMatchObject({ state: 'waiting' })
    await send()
    expect(await stateOf(id, contact)).toMatchObject({ state: 'done' })
  })
})

describe('where a call may go', () => {
  test('this machine, private and link-local networks and the metadata service are refused, by address and by name', async () => {
    await api.put('/api/v1/webhook-settings', { allow_private: false })
    const contact = await person()
    for (const url of [`${base}/hook`, base.replace('127.0.0.1', 'localhost'), 'http://169.254.169.254/latest/meta-data', 'http://[::1]:9/', 'http://0x7f.1/', 'http://[::ffff:10.0.0.1]/']) {
      const id = await journey({ call: call({ url }) })
      await enrol(id, [contact])
      await send()
      expect(await stateOf(id, contact), url).toMatchObject({ state: 'failed', state_reason: 'webhook_refused_address' })
    }
    expect(heard).toEqual([])
    expect(await (await t.as('marketer')).put('/api/v1/webhook-settings', { allow_private: true })).toMatchObject({ status: 403 })
  })

  test('a redirect is not followed', async () => {
    answer = (_, response) => response.writeHead(302, { location: `${other}/secret` }).end()
    const id = await journey({ call: call() })
    const contact = await person()
    await enrol(id, [contact])
    await send()
    expect(heard.map(one => one.path)).toEqual(['/hook'])
    expect(await stateOf(id, contact)).toMatchObject({ state: 'failed', state_reason: 'webhook_redirected' })
  })

  test('a name is resolved once, and the connection goes to the address that was looked at', async () => {
    let times = 0
    const rebinding = guardedLookup((_host, _options, done) => done(null, [{ address: ++times === 1 ? '127.0.0.1' : '8.8.8.8', family: 4 }]))
    const outcome = await callOutside({ url: 'http://rebind.example/', headers: {}, body: '{}', timeoutMilliseconds: 1000, mostBytes: 1000, allowPrivate: false, lookup: rebinding })
    expect(outcome).toMatchObject({ kind: 'refused_address', detail: 'rebind.example is 127.0.0.1, which is not on the public internet' })
    expect(times).toBe(1)
    // One private address among public ones refuses them all.
    const mixed = guardedLookup((_host, _options, done) => done(null, [{ address: '8.8.8.8', family: 4 }, { address: '192.168.1.1', family: 4 }]))
    expect(await callOutside({ url: 'http://mixed.example/', headers: {}, body: '{}', timeoutMilliseconds: 1000, mostBytes: 1000, allowPrivate: false, lookup: mixed })).toMatchObject({ kind: 'refused_address' })
  })

  test('public addresses are told from all others', () => {
    for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1']) expect(isPublicAddress(address), address).toBe(true)
    for (const address of ['10.1.2.3', '172.16.0.1', '192.168.0.1', '127.9.9.9', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1', '::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', '::ffff:8.8.8.8', '64:ff9b::a00:1', '2002:7f00:1::', '2001:db8::1', 'ff02::1', 'localhost', '']) expect(isPublicAddress(address), address).toBe(false)
  })
})

describe('the call itself', () => {
  const ask = (path: string, timeoutMilliseconds = 2000) => callOutside({ url: `${base}${path}`, headers: { 'content-type': 'application/json' }, body: '{}', timeoutMilliseconds, mostBytes: 1000, allowPrivate: true })

  test('who hangs, before the answer or in the middle of it, is given up in time', async () => {
    answer = () => undefined
    expect(await ask('/hang', 100)).toEqual({ kind: 'timeout' })
    answer = (_, response) => { response.write('half') }
    expect(await ask('/half', 100)).toEqual({ kind: 'timeout' })
  })

  test('an endless answer is cut', async () => {
    answer = (_, response) => {
      const more = (): void => { while (response.writable && response.write('x'.repeat(10_000))) { /* as long as it is taken */ } }
      response.on('drain', more)
      more()
    }
    const outcome = await ask('/endless')
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, cut: true })
    expect(outcome.kind === 'answered' && outcome.body.length).toBe(1000)
  })

  test('a connection broken off is a failed one', async () => {
    answer = (_, response) => response.destroy()
    expect(await ask('/broken')).toMatchObject({ kind: 'network' })
  })
})

test('a new secret signs beside the old one for a day, then alone', async () => {
  const before = (await api.get('/api/v1/webhook-settings')).body
  const rotated = await api.post('/api/v1/webhook-settings/secret')
  expect(rotated).toMatchObject({ status: 201, body: { old_secret_until: new Date(start.getTime() + 86_400_000).toISOString() } })
  expect(rotated.body.secret).not.toBe(before.secret)
  const id = await journey({ call: call() })
  await enrol(id, [await person()])
  await send()
  expect(String(heard[0]!.headers['webhook-signature']).split(' ')).toHaveLength(2)
  later(86_401)
  await enrol(id, [await person()])
  await send()
  expect(String(heard[1]!.headers['webhook-signature']).split(' ')).toHaveLength(1)
  expect(await rows(t.db, sql`select from settings where key = 'webhooks' and value::text like '%whsec%'`)).toEqual([])
})

import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { type DnsServer, startDnsServer } from '../../test/dns-server.ts'
import { rows, sql } from '../base/db.ts'
import { composeMail } from '../delivery/compose-mail.ts'
import { findKeyRotation } from '../delivery/key-rotations.sql.ts'
import { readSender } from '../delivery/senders.ts'
import { readCompany } from '../company/company.sql.ts'
import type { KeyRotation } from '../../shared/key-rotations.ts'
import { dnsOf } from './ask-dns.ts'
import { askAll, nameServersOf } from './find-key.ts'
import { lookAtRotation } from './rotate-keys.ts'

let one: DnsServer
let other: DnsServer
let t: TestApp
let admin: Client
let domain: { id: number, record: Record, second_key: { record: Record } }
type Record = { name: string, value: string }
let clock = new Date('2026-11-20T12:00:00Z').getTime()
const at = (milliseconds: number): void => t.setNow(new Date(clock += milliseconds))
const minutes = 60_000
const days = 86_400_000

beforeAll(async () => {
  ;[one, other] = await Promise.all([startDnsServer(), startDnsServer()])
  t = await testApp({ env: { DNS_SERVERS: `${one.address},${other.address}` } })
  admin = await t.as('administrator')
  await t.app.pool.query(`insert into users (name, email, role, locale) values ('Ada', 'ada@shop.example', 'administrator', 'en')`)
  await t.app.pool.query(`insert into settings (key, value) values ('company', '{"name":"Shop","sender_name":"Shop","sender_email":"news@shop.example","language":"en","currency":"EUR"}') on conflict (key) do update set value = excluded.value`)
})
afterAll(async () => {
  await t.close()
  await Promise.all([one.close(), other.close()])
})
beforeEach(async () => {
  at(0)
  await t.app.pool.query('truncate sending_domains, notifications cascade')
  one.zone = {}
  other.zone = {}
  domain = (await admin.post('/api/v1/sending-domains', { domain: 'shop.example' })).body
  publish(domain.record)
  publish(domain.second_key.record)
  await admin.post(`/api/v1/sending-domains/${domain.id}/check`)
})

function publish(record: Record, servers = [one, other]): void {
  for (const server of servers) server.zone[record.name] = { TXT: [record.value] }
}
function unpublish(record: Record, servers = [one, other]): void {
  for (const server of servers) delete server.zone[record.name]
}
const work = (): Promise<void> => runUntilIdle(t, ['domains.rotate-keys'])
const shown = async (): Promise<KeyRotation[]> => (await admin.get(`/api/v1/sending-domains/${domain.id}/key-rotations`)).body.data
const begin = async (algorithm: 'rsa' | 'ed25519' = 'rsa'): Promise<KeyRotation> => {
  const made = await admin.post(`/api/v1/sending-domains/${domain.id}/key-rotations`, { algorithm })
  expect(made.status, made.text).toBe(201)
  return made.body
}
const told = async (): Promise<string[]> => (await rows<{ title: string }>(t.db, sql`select title from notifications order by id`)).map(each => each.title)

/** A mail as it leaves now; `check` holds its signatures against what the DNS says at that time. */
async function signedMail(): Promise<{ selectors: string[], check: () => Promise<string[]> }> {
  const sender = (await readSender(t.app, await readCompany(t.db)))!
  const compiled = { text: { constants: ['Hello'], holes: [] }, html: { constants: ['<p>Hello</p>'], holes: [] }, files: [] }
  const head = { to: { address: 'anna@example.org', utf8: false }, toName: '', date: t.app.now(), messageId: '1.2.abc@shop.example', returnPath: null, unsubscribeAddress: null, answers: null, unsubscribeUrl: null, listId: null, feedbackId: null, automatic: false, own: '1.2' }
  const content = Buffer.concat((await composeMail(compiled, { subject: 'Hello', text: [], html: [], links: [] }, sender, head)).content)
  const verify = async (server: DnsServer) => (await dkimVerify(content, { resolver: (name: string, type: string) => dnsOf([server.address]).resolve(name, type) as Promise<string[][]> })).results
  return {
    selectors: sender.dkim.map(key => key.selector),
    check: async () => [...new Set((await Promise.all([verify(one), verify(other)])).flat().map(result => `${result.selector} ${result.status.result}`))].toSorted(),
  }
}
const selectorOf = (record: Record): string => record.name.split('.')[0]!

describe.each(['rsa', 'ed25519'] as const)('a change of the %s key', algorithm => {
  const old = (): Record => algorithm === 'rsa' ? domain.record : domain.second_key.record
  const kept = (): Record => algorithm === 'rsa' ? domain.second_key.record : domain.record

  test('mails pass at every name server before, during and after it, those on the way too', async () => {
    const before = await signedMail()
    const rotation = await begin(algorithm)
    expect(rotation).toMatchObject({ state: 'waiting', algorithm, signs_since: null, old_record: null })
    expect(rotation.new_record.name).not.toBe(old().name)

    at(15 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'waiting', last_seen: 'not_seen' })
    const during = await signedMail()
    expect(during.selectors.toSorted()).toEqual([selectorOf(old()), selectorOf(kept())].toSorted())

    // One of two name servers is behind: the old key signs on.
    publish(rotation.new_record, [one])
    at(15 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'waiting', last_seen: 'partly' })
    publish(rotation.new_record)
    at(15 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'settling', signs_at: new Date(clock + 10 * minutes).toISOString() })
    const settling = await signedMail()
    expect(settling.selectors).toContain(selectorOf(old()))

    at(11 * minutes)
    await work()
    const since = new Date(clock)
    expect((await shown())[0]).toMatchObject({ state: 'signing', signs_since: since.toISOString(), remove_after: new Date(clock + 7 * days).toISOString(), old_record: { name: old().name, value: old().value } })
    const after = await signedMail()
    expect(after.selectors.toSorted()).toEqual([selectorOf(rotation.new_record), selectorOf(kept())].toSorted())
    for (const mail of [before, during, settling, after]) expect(await mail.check()).toEqual(mail.selectors.map(each => `${each} pass`).toSorted())
    const domainNow = (await admin.get(`/api/v1/sending-domains/${domain.id}`)).body
    expect((algorithm === 'rsa' ? domainNow.record : domainNow.second_key.record).name).toBe(rotation.new_record.name)
    // The private half of the old key is nowhere any more.
    expect(await rows(t.db, sql`select from key_rotations where new_private_key is not null`)).toEqual([])

    at(6 * days)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'signing', last_seen: 'seen', gone_at: null })
    at(1.1 * days)
    await work()
    expect((await shown())[0]!.state).toBe('removable')
    unpublish(old())
    at(90 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'done', gone_at: new Date(clock).toISOString() })
    expect(await told()).toEqual(['Domain shop.example: mails are signed with the new key', 'Domain shop.example: the record of the old key may be removed'])
    expect(await (await signedMail()).check()).toEqual((await signedMail()).selectors.map(each => `${each} pass`).toSorted())
  })

  test('a key that is seen and then not begins to wait again', async () => {
    const rotation = await begin(algorithm)
    publish(rotation.new_record)
    at(15 * minutes)
    await work()
    expect((await shown())[0]!.state).toBe('settling')
    unpublish(rotation.new_record, [other])
    at(15 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'waiting', last_seen: 'partly' })
    publish(rotation.new_record)
    at(15 * minutes)
    await work()
    expect((await shown())[0]!.state).toBe('settling')
    // Where no name server answers nothing is known: it neither signs nor begins anew.
    for (const server of [one, other]) server.zone[rotation.new_record.name] = 'refused'
    at(15 * minutes)
    await work()
    expect((await shown())[0]).toMatchObject({ state: 'settling', last_seen: 'unknown' })
    publish(rotation.new_record)
    at(15 * minutes)
    await work()
    expect((await shown())[0]!.state).toBe('signing')
  })
})

test('it can be given up before the new key signs, not after; one of a kind at a time', async () => {
  const rotation = await begin()
  expect((await admin.post(`/api/v1/sending-domains/${domain.id}/key-rotations`, { algorithm: 'rsa' })).body.code).toBe('rotation_waits')
  expect((await admin.delete(`/api/v1/key-rotations/${rotation.id}`)).body.state).toBe('given_up')
  expect((await admin.delete(`/api/v1/key-rotations/${rotation.id}`)).body.code).toBe('rotation_over')
  publish(rotation.new_record)
  at(60 * minutes)
  await work()
  expect((await signedMail()).selectors).toContain(selectorOf(domain.record))
  const next = await begin()
  publish(next.new_record)
  await admin.post(`/api/v1/key-rotations/${next.id}/check`)
  // Asking again and again does not make it sign sooner.
  await admin.post(`/api/v1/key-rotations/${next.id}/check`)
  expect((await shown())[0]!.state).toBe('settling')
  at(10 * minutes)
  expect((await admin.post(`/api/v1/key-rotations/${next.id}/check`)).body.state).toBe('signing')
  expect((await admin.delete(`/api/v1/key-rotations/${next.id}`)).body.code).toBe('rotation_over')
  expect((await shown()).map(each => each.state)).toEqual(['signing', 'given_up'])
  const marketer = await t.as('marketer')
  expect((await marketer.post(`/api/v1/sending-domains/${domain.id}/key-rotations`, {})).status).toBe(403)
})

test('two workers at once switch once, and whoever is cut off in the middle leaves the old key in use', async () => {
  const rotation = await begin()
  publish(rotation.new_record)
  at(15 * minutes)
  await work()
  at(15 * minutes)
  const row = (await findKeyRotation(t.db, rotation.id))!
  // The connection is cut after the keys were changed and before the commit.
  await expect(t.db.transaction().execute(async tx => {
    await lookAtRotation({ ...t.app, db: tx }, row)
    throw new Error('cut off')
  })).rejects.toThrow('cut off')
  expect((await signedMail()).selectors).toContain(selectorOf(domain.record))
  await Promise.all([lookAtRotation(t.app, row), lookAtRotation(t.app, row)])
  expect((await shown())[0]).toMatchObject({ state: 'signing', old_record: { name: domain.record.name } })
  expect(await told()).toHaveLength(1)
  // A look that began before the switch and ends after it says nothing about the old key.
  unpublish(rotation.new_record)
  await lookAtRotation(t.app, row)
  expect((await shown())[0]).toMatchObject({ state: 'signing', gone_at: null })
})

test('where the administrator wants it, keys are changed by themselves every so many months, and it is said', async () => {
  expect((await admin.patch('/api/v1/reputation/settings', { rotate_keys_months: 0 })).body.errors).toEqual([{ field: 'rotate_keys_months', message: 'from 1 to 60 months' }])
  await admin.patch('/api/v1/reputation/settings', { rotate_keys_months: 6 })
  await work()
  expect(await shown()).toEqual([])
  at(185 * days)
  await Promise.all([work(), work()])
  const made = await shown()
  expect(made.map(each => `${each.algorithm} ${each.state} ${each.started_by_itself}`).toSorted()).toEqual(['ed25519 waiting true', 'rsa waiting true'])
  expect(await told()).toHaveLength(2)
  for (const each of made) await admin.delete(`/api/v1/key-rotations/${each.id}`)
  at(30 * days)
  await work()
  expect(await shown()).toHaveLength(2)
  at(185 * days)
  await work()
  expect(await shown()).toHaveLength(4)
  await admin.patch('/api/v1/reputation/settings', { rotate_keys_months: null })
})

test('name servers that keep a domain are found through its zone; private addresses are not asked', async () => {
  one.zone = { 'shop.example': { NS: ['ns1.host.example', 'ns2.host.example'] }, 'ns1.host.example': { A: ['8.8.8.8'] }, 'ns2.host.example': { A: ['10.0.0.7'] } }
  expect(await nameServersOf(dnsOf([one.address]), 'mail.shop.example')).toEqual(['8.8.8.8'])
  expect(await nameServersOf(dnsOf([one.address]), 'other.example')).toEqual([])
  one.zone = { 'a.shop.example': { TXT: ['v=DKIM1; k=rsa; p=abc def'] } }
  other.zone = { 'a.shop.example': 'silent' }
  const servers = [dnsOf([one.address], 100), dnsOf([other.address], 100)]
  expect(await askAll(servers, 'a.shop.example', 'abcdef')).toBe('seen')
  expect(await askAll(servers.slice(1), 'a.shop.example', 'abcdef')).toBe('unknown')
  expect(await askAll(servers, 'a.shop.example', 'another')).toBe('not_seen')
})

import { existsSync, readFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, runUntilIdle, testApp } from '../../test/database.ts'
import { type DnsServer, startDnsServer } from '../../test/dns-server.ts'
import type { DomainFinding } from '../../shared/delivery.ts'
import { type Dns, dnsOf } from './ask-dns.ts'
import { findSigningKeys } from '../delivery/sending-domains.sql.ts'
import { checkDomain, compareChecks, type OurSide } from './check-domain.ts'
import { reverseName } from './check-hosts.ts'
import { checkMtaSts, judgeMxTls } from './check-receiving.ts'
import { evaluateSpf, spfWith } from './check-spf.ts'
import { sortHosts } from './sending-hosts.ts'
import { tryTls } from './try-tls.ts'

const now = new Date('2026-11-20T12:00:00Z')
let server: DnsServer
let dns: Dns
beforeAll(async () => {
  server = await startDnsServer()
  dns = dnsOf([server.address], 300)
})
afterAll(() => server.close())

const key = { selector: 'one', algorithm: 'rsa' as const, publicKey: 'MIIBpublic' }
const ours = (more: Partial<OurSide> = {}): OurSide => ({ hosts: sortHosts(['mail.shop.example'], []), publicUrl: 'https://crm.shop.example', reportsTo: 'hello@shop.example', bounceHost: null, ...more })
/** A domain with nothing to mend. */
const sound = (): DnsServer['zone'] => ({
  'shop.example': { TXT: ['v=spf1 a:mail.shop.example -all', 'something=else'], MX: [[10, 'mail.shop.example']], A: ['8.8.4.4'] },
  'mail.shop.example': { A: ['8.8.8.8'] },
  'crm.shop.example': { A: ['8.8.4.4'] },
  'one._domainkey.shop.example': { TXT: [['v=DKIM1; k=rsa; p=MIIB', 'public']] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:hello@shop.example'] },
  '8.8.8.8.in-addr.arpa': { PTR: ['mail.shop.example'] },
})
const secured = async () => ({ kind: 'secured' as const, problem: null, until: new Date('2027-03-01T00:00:00Z') })
async function look(zone: DnsServer['zone'], more: Partial<OurSide> = {}): Promise<DomainFinding[]> {
  server.zone = zone
  return checkDomain(dns, { domain: 'shop.example', keys: [key] }, ours(more), now, secured)
}
const said = (findings: DomainFinding[], kind: DomainFinding['kind']) => findings.filter(each => each.kind === kind).map(each => `${each.level}: ${each.code}`).join(', ')

test('a sound domain is good in all that matters, the rest is optional', async () => {
  const findings = await look(sound())
  expect(findings.map(each => `${each.kind} ${each.level}`)).toEqual([
    'dkim good', 'spf good', 'dmarc good', 'mx good', 'reverse good', 'mx_tls good', 'tracking_host good', 'mta_sts optional', 'tls_rpt optional', 'bimi optional',
  ])
  expect(findings.find(each => each.kind === 'spf')!.values['lookups']).toBe('1')
})

test('an empty DNS gets the exact records to copy', async () => {
  const findings = await look({}, { hosts: sortHosts(['smtp.yandex.ru'], ['203.0.114.7']) })
  const record = (kind: DomainFinding['kind']) => findings.find(each => each.kind === kind)!.record
  expect(findings.filter(each => each.level === 'good')).toEqual([])
  expect(record('dkim')).toEqual({ name: 'one._domainkey.shop.example', type: 'TXT', value: 'v=DKIM1; k=rsa; p=MIIBpublic' })
  expect(record('spf')).toEqual({ name: 'shop.example', type: 'TXT', value: 'v=spf1 include:_spf.yandex.net ip4:203.0.114.7 ~all' })
  expect(record('dmarc')).toEqual({ name: '_dmarc.shop.example', type: 'TXT', value: 'v=DMARC1; p=none; rua=mailto:hello@shop.example' })
  expect(record('reverse')).toEqual({ name: '7.114.0.203.in-addr.arpa', type: 'PTR', value: 'mail.example.com' })
  expect(record('tls_rpt')!.value).toBe('v=TLSRPTv1; rua=mailto:hello@shop.example')
})

test.each<[string, string, (zone: Record<string, Exclude<DnsServer['zone'][string], string>>) => void]>([
  ['dkim', 'bad: missing', zone => { delete zone['one._domainkey.shop.example'] }],
  ['dkim', 'bad: different', zone => { zone['one._domainkey.shop.example'] = { TXT: ['v=DKIM1; p=another'] } }],
  ['dkim', 'bad: revoked', zone => { zone['one._domainkey.shop.example'] = { TXT: ['v=DKIM1; p='] } }],
  ['dkim', 'advice: testing', zone => { zone['one._domainkey.shop.example'] = { TXT: ['v=DKIM1; t=y; p=MIIBpublic'] } }],
  ['spf', 'bad: several', zone => { zone['shop.example']!.TXT = ['v=spf1 -all', 'v=spf1 a ~all'] }],
  ['spf', 'bad: open', zone => { zone['shop.example']!.TXT = ['v=spf1 a:mail.shop.example +all'] }],
  ['spf', 'bad: broken', zone => { zone['shop.example']!.TXT = ['v=spf1 ipv4:8.8.8.8 -all'] }],
  ['spf', 'bad: broken', zone => { zone['shop.example']!.TXT = ['v=spf1 include:shop.example -all'] }],
  ['spf', 'bad: not_covered', zone => { zone['shop.example']!.TXT = ['v=spf1 ip4:1.1.1.1 -all'] }],
  ['spf', 'bad: too_many_lookups', zone => { zone['shop.example']!.TXT = [`v=spf1 ${Array.from({ length: 12 }, (_, index) => `include:i${index}.example`).join(' ')} a:mail.shop.example -all`]; for (let index = 0; index < 12; index++) zone[`i${index}.example`] = { TXT: ['v=spf1 ip4:1.1.1.1 -all'] } }],
  ['dmarc', 'bad: missing', zone => { delete zone['_dmarc.shop.example'] }],
  ['dmarc', 'bad: several', zone => { zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] } }],
  ['dmarc', 'bad: broken', zone => { zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=nothing'] } }],
  ['dmarc', 'advice: only_watching', zone => { zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=none; rua=mailto:hello@shop.example'] } }],
  ['dmarc', 'advice: no_reports', zone => { zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=reject'] } }],
  ['dmarc', 'advice: reports_not_accepted', zone => { zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=reject; rua=mailto:a@other.example'] } }],
  ['mx', 'bad: missing', zone => { delete zone['shop.example']!.MX; delete zone['shop.example']!.A }],
  ['mx', 'bad: only_address', zone => { delete zone['shop.example']!.MX }],
  ['mx', 'bad: refuses_mail', zone => { zone['shop.example']!.MX = [[0, '.']] }],
  ['mx', 'bad: no_address', zone => { zone['shop.example']!.MX = [[10, 'gone.example']] }],
  ['reverse', 'bad: missing', zone => { delete zone['8.8.8.8.in-addr.arpa'] }],
  ['reverse', 'bad: name_leads_elsewhere', zone => { zone['8.8.8.8.in-addr.arpa'] = { PTR: ['crm.shop.example'] } }],
  ['tracking_host', 'bad: missing', zone => { delete zone['crm.shop.example'] }],
  ['tracking_host', 'bad: local', zone => { zone['crm.shop.example'] = { A: ['10.0.0.7'] } }],
  ['tls_rpt', 'bad: broken', zone => { zone['_smtp._tls.shop.example'] = { TXT: ['v=TLSRPTv1; rua=nowhere'] } }],
])('%s is %s', async (kind, expected, change) => {
  const zone = sound() as Record<string, Exclude<DnsServer['zone'][string], string>>
  change(zone)
  expect(said(await look(zone), kind as DomainFinding['kind'])).toBe(expected)
})

test('a return path at a host of its own needs SPF and MX there', async () => {
  const zone = { ...sound(), 'bounces.shop.example': { TXT: ['v=spf1 -all'] } }
  const findings = await look(zone, { bounceHost: 'bounces.shop.example' })
  expect(said(findings, 'spf')).toBe('good: good, bad: not_covered')
  expect(said(findings, 'bounce_host')).toBe('bad: missing')
})

test('the policy above holds for a domain below', async () => {
  server.zone = { '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@shop.example'] } }
  const [finding] = (await checkDomain(dns, { domain: 'mail.shop.example', keys: [] }, ours(), now, secured)).filter(each => each.kind === 'dmarc')
  expect(finding).toMatchObject({ code: 'good', values: { policy: 'quarantine', of: 'shop.example' } })
})

describe('a DNS that does not answer as it should', () => {
  test.each(['silent', 'broken', 'refused'] as const)('%s: nothing is claimed', async how => {
    server.zone = Object.fromEntries(Object.keys(sound()).map(name => [name, how]))
    const findings = await checkDomain(dns, { domain: 'shop.example', keys: [key] }, ours(), now, secured)
    for (const kind of ['dkim', 'spf', 'dmarc', 'mx', 'tracking_host'] as const) expect(said(findings, kind), kind).toMatch(/^unknown/)
  })
  test('what was found before stands on, and nothing has changed', async () => {
    const before = compareChecks(null, await look(sound()), now).check
    server.zone = Object.fromEntries(Object.keys(sound()).map(name => [name, 'refused']))
    const { check, changes } = compareChecks(before, await checkDomain(dns, { domain: 'shop.example', keys: [key] }, ours(), now, secured), now)
    expect(changes).toEqual([])
    expect(said(check.findings, 'dkim')).toBe('good: good')
    expect(check.unanswered).toContain('dkim')
  })
  test('records without end, circles and long texts end soon', async () => {
    const zone = sound() as Record<string, Exclude<DnsServer['zone'][string], string>>
    zone['shop.example']!.TXT = [`v=spf1 ${'include:a.example '.repeat(12)}-all`]
    zone['a.example'] = { TXT: ['v=spf1 include:b.example redirect=b.example'] }
    zone['b.example'] = { TXT: ['v=spf1 include:a.example -all'] }
    zone['one._domainkey.shop.example'] = { TXT: [`p=${'x'.repeat(1100)}`] }
    const findings = await look(zone)
    expect(said(findings, 'spf')).toMatch(/^bad/)
    expect(Math.max(...findings.flatMap(each => each.found.map(text => text.length)))).toBeLessThanOrEqual(1001)
    expect(server.asked.filter(each => each.includes('a.example')).length).toBeLessThan(200)
  })
})

test('MTA-STS: record, file and mail servers must agree', async () => {
  const zone = { '_mta-sts.shop.example': { TXT: ['v=STSv1; id=1'] } }
  server.zone = zone
  const check = (file: string | null) => checkMtaSts(dns, 'shop.example', ['mail.shop.example'], now, async () => file)
  expect((await check('version: STSv1\r\nmode: enforce\r\nmx: *.shop.example\r\nmax_age: 86400\r\n')).code).toBe('good')
  expect((await check('version: STSv1\nmode: testing\nmx: mail.shop.example\nmax_age: 86400')).code).toBe('not_enforced')
  expect((await check('version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400')).code).toBe('mx_not_named')
  expect((await check('<html>')).code).toBe('broken_file')
  expect((await check(null)).code).toBe('no_file')
})

describe('TLS of a mail server', () => {
  const listen = async (talk: (socket: net.Socket) => void) => {
    const mail = net.createServer(socket => {
      socket.on('error', () => {})
      talk(socket)
    })
    await new Promise<void>(resolve => mail.listen(0, '127.0.0.1', resolve))
    const { port } = mail.address() as net.AddressInfo
    return { answer: (timeout = 500) => tryTls('127.0.0.1', { port, timeout, allowPrivate: true }), close: () => mail.close() }
  }
  test('without STARTTLS, silent, talking without end, hanging up: each a finding', async () => {
    const replies = (lines: string) => (socket: net.Socket) => {
      socket.write('220 hello\r\n')
      socket.on('data', () => socket.write(lines))
    }
    const plain = await listen(replies('250-mail\r\n250 PIPELINING\r\n'))
    expect((await plain.answer()).kind).toBe('not_offered')
    const refuses = await listen(replies('250-mail\r\n250 STARTTLS\r\n'))
    expect((await refuses.answer()).kind).toBe('not_offered')
    const silent = await listen(() => {})
    expect(await silent.answer()).toEqual({ kind: 'unreachable', detail: 'no answer in time' })
    const slow = await listen(socket => { const timer = setInterval(() => socket.write('2'), 20); socket.on('close', () => clearInterval(timer)) })
    expect((await slow.answer()).kind).toBe('unreachable')
    const chatter = await listen(socket => { socket.write('220-x'.repeat(10_000)) })
    expect((await chatter.answer()).kind).toBe('unreachable')
    const rude = await listen(socket => { socket.end() })
    expect(await rude.answer()).toEqual({ kind: 'unreachable', detail: 'the server hung up' })
    for (const each of [plain, refuses, silent, slow, chatter, rude]) each.close()
  })
  test('a private address is not called', async () => {
    expect(await tryTls('localhost', { port: 9, timeout: 500 })).toMatchObject({ kind: 'unreachable', detail: expect.stringContaining('not on the public internet') as string })
  })
  test('a certificate about to end is named', () => {
    expect(judgeMxTls('a', { kind: 'secured', problem: null, until: new Date('2026-11-23T12:00:00Z') }, now)).toMatchObject({ code: 'ends_soon', values: { days: '3' } })
    expect(judgeMxTls('a', { kind: 'secured', problem: 'self-signed certificate', until: null }, now).code).toBe('bad_certificate')
  })
})

test('terms are put into an SPF record before its end, once', () => {
  expect(spfWith(null, ['include:a.example'])).toBe('v=spf1 include:a.example ~all')
  expect(spfWith('v=spf1 mx -all', ['include:a.example', 'mx'])).toBe('v=spf1 mx include:a.example -all')
  expect(spfWith('v=spf1 redirect=b.example', ['ip4:1.2.3.4'])).toBe('v=spf1 ip4:1.2.3.4 redirect=b.example')
})

test('the reverse names of addresses', () => {
  expect(reverseName('203.0.113.7')).toBe('7.113.0.203.in-addr.arpa')
  expect(reverseName('2001:db8::567:89ab')).toBe('b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa')
})

describe('by itself', () => {
  let t: TestApp
  beforeAll(async () => {
    t = await testApp({ env: { DNS_SERVERS: server.address } })
    t.setNow(now)
  })
  afterAll(() => t.close())

  test('a domain is looked at, again in an hour, and administrators hear when it gets worse', async () => {
    const admin = await t.as('administrator')
    await t.app.pool.query(`insert into users (name, email, role, locale) values ('Ada', 'ada@shop.example', 'administrator', 'en')`)
    const made = (await admin.post('/api/v1/sending-domains', { domain: 'shop.example' })).body
    const zone = sound()
    server.zone = { ...zone, [made.record.name]: { TXT: [made.record.value] } }
    await runUntilIdle(t, ['domains.watch'])
    const alone = (await admin.get(`/api/v1/sending-domains/${made.id}`)).body
    expect(said(alone.last_check.findings, 'dkim')).toBe('good: good, advice: missing')
    expect((await findSigningKeys(t.db, 'shop.example')).map(key => key.selector)).toEqual([made.selector])
    server.zone = { ...server.zone, [made.second_key.record.name]: { TXT: [made.second_key.record.value] } }
    await admin.post(`/api/v1/sending-domains/${made.id}/check`)
    const both = (await findSigningKeys(t.db, 'shop.example')).map(key => `${key.selector}._domainkey.shop.example`)
    expect(both).toEqual([made.record.name, made.second_key.record.name])
    const first = (await admin.get(`/api/v1/sending-domains/${made.id}`)).body
    expect(first.verified_at).toBe(now.toISOString())
    expect(said(first.last_check.findings, 'dkim')).toBe('good: good, good: good')

    server.zone = zone
    await runUntilIdle(t, ['domains.watch'])
    expect((await admin.get(`/api/v1/sending-domains/${made.id}`)).body.last_check).toEqual(first.last_check)
    t.setNow(new Date('2026-11-20T13:15:00Z'))
    await runUntilIdle(t, ['domains.watch'])
    const second = (await admin.get(`/api/v1/sending-domains/${made.id}`)).body
    expect(second.verified_at).toBeNull()
    const { data } = (await admin.get(`/api/v1/sending-domains/${made.id}/changes`)).body
    expect(data[0]).toMatchObject({ changes: [{ kind: 'dkim', before: { code: 'good' }, after: { code: 'missing', level: 'bad' } }, { kind: 'dkim', before: { code: 'good' }, after: { code: 'missing', level: 'advice' } }] })
    const { rows } = await t.app.pool.query('select title, link from notifications')
    expect(rows).toEqual([{ title: 'Domain shop.example: something got worse (DKIM)', link: `/settings/sending/domains/${made.id}` }])

    t.setNow(new Date('2026-11-20T15:00:00Z'))
    await runUntilIdle(t, ['domains.watch'])
    expect((await t.app.pool.query('select from notifications')).rowCount).toBe(1)
  })

  test('addresses that are none are refused by name; an observer may look, not set', async () => {
    const admin = await t.as('administrator')
    const bad = await admin.patch('/api/v1/reputation/settings', { sending_addresses: ['mail.shop.example'] })
    expect([bad.status, bad.body.errors[0].field]).toEqual([422, 'sending_addresses.0'])
    expect((await admin.patch('/api/v1/reputation/settings', { sending_addresses: ['203.0.114.9'] })).body.sending_addresses).toEqual(['203.0.114.9'])
    const observer = await t.as('observer')
    expect((await observer.get('/api/v1/reputation/settings')).status).toBe(200)
    expect((await observer.patch('/api/v1/reputation/settings', { sending_addresses: [] })).status).toBe(403)
  })
})

const suite = path.resolve(import.meta.dirname, '../../../shared/corpora/spf-rfc7208/spf_tests.json')
test('the test suite of RFC 7208', async () => {
  if (!existsSync(suite)) return console.log('skipped: corpora not present')
  type Zone = Record<string, (string | Record<string, unknown>)[]>
  const { scenarios } = JSON.parse(readFileSync(suite, 'utf8')) as { scenarios: { tests: Record<string, { helo: string, host: string, mailfrom: string, result: string | string[] }>, zonedata: Zone }[] }
  const wrong: string[] = []
  let count = 0
  for (const { tests, zonedata } of scenarios) {
    const zone = new Map(Object.entries(zonedata).map(([name, records]) => [name.toLowerCase(), records]))
    const resolve = async (name: string, type: string): Promise<unknown[]> => {
      const fail = (code: string) => { throw Object.assign(new Error(code), { code }) }
      const records = zone.get(name.toLowerCase()) ?? fail('ENOTFOUND') as never
      const usable = records.filter(each => typeof each !== 'string')
      const own = usable.flatMap(each => type in each ? [each[type]] : [])
      // The suite gives SPF records of the old type; those count as TXT unless a TXT is given too.
      const texts = type === 'TXT' && own.length === 0 ? usable.flatMap(each => 'SPF' in each ? [each['SPF']] : []) : own
      if (texts.length === 0) fail(records.includes('TIMEOUT') ? 'ETIMEOUT' : 'ENODATA')
      return texts.filter(each => each !== 'NONE').map(each => type === 'TXT' ? [each].flat() : type === 'MX' ? { priority: (each as [number, string])[0], exchange: (each as [number, string])[1] } : each)
    }
    for (const [name, { helo, host, mailfrom, result }] of Object.entries(tests)) {
      // Ours asks about domains; what is about the HELO name or the local part is mailauth's own.
      const domain = mailfrom.split('@')[1]
      if (domain === undefined || /%|exp|macro/i.test(name) || !/^postmaster@|^foo@|^foobar@/.test(mailfrom)) continue
      count++
      const found = await evaluateSpf({ resolve }, domain, host)
      if (![result].flat().includes(found.result)) wrong.push(`${name}: ${found.result} instead of ${[result].flat().join(' or ')} (${helo})`)
    }
  }
  console.log(`RFC 7208: ${count - wrong.length} of ${count}${wrong.length > 0 ? `\n${wrong.join('\n')}` : ''}`)
  expect(count).toBeGreaterThan(50)
  expect(wrong.length).toBeLessThanOrEqual(2)
})

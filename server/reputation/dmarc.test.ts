import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepMails } from '../inbound/inbound-mails.sql.ts'
import { type Client, runUntilIdle, type TestApp, testApp } from '../../test/database.ts'
import { type DnsServer, startDnsServer } from '../../test/dns-server.ts'
import { readDmarcReport } from './read-dmarc-report.ts'
import { siteOf } from './take-dmarc-report.ts'
import { unpackReport } from './unpack-report.ts'

const now = new Date('2026-11-20T12:00:00Z')
type Row = { ip: string, count: number, dkim?: string, spf?: string, disposition?: string, signed?: string }
const day = (offset: number) => Math.floor(Date.UTC(2026, 10, 20 - offset) / 1000)
const report = (rows: Row[], more: { id?: string, domain?: string, policy?: string, offset?: number } = {}) => `<?xml version="1.0" encoding="UTF-8" ?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <report_metadata><org_name>google.com</org_name><email>noreply@google.com</email><report_id>${more.id ?? '1'}</report_id><date_range><begin>${day(more.offset ?? 1)}</begin><end>${day(more.offset ?? 1) + 86_399}</end></date_range></report_metadata>
  <policy_published><domain>${more.domain ?? 'shop.example'}</domain><adkim>r</adkim><aspf>r</aspf><p>${more.policy ?? 'none'}</p><pct>100</pct></policy_published>
  ${rows.map(row => `<record><row><source_ip>${row.ip}</source_ip><count>${row.count}</count><policy_evaluated><disposition>${row.disposition ?? 'none'}</disposition><dkim>${row.dkim ?? 'pass'}</dkim><spf>${row.spf ?? 'pass'}</spf></policy_evaluated></row>
  <identifiers><header_from>shop.example</header_from></identifiers><auth_results><dkim><domain>${row.signed ?? 'shop.example'}</domain><result>${row.dkim ?? 'pass'}</result></dkim><spf><domain>shop.example</domain><result>${row.spf ?? 'pass'}</result></spf></auth_results></record>`).join('\n')}
</feedback>`

/** A zip with one file, as APPNOTE.TXT says. */
function zip(content: string, name = 'report.xml', claim: { size?: number } = {}): Buffer {
  const packed = zlib.deflateRawSync(content)
  const size = claim.size ?? Buffer.byteLength(content)
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt32LE(size, 22)
  local.writeUInt16LE(name.length, 26)
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(8, 10)
  head.writeUInt32LE(packed.length, 20)
  head.writeUInt32LE(size, 24)
  head.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(head.length + name.length, 12)
  end.writeUInt32LE(local.length + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, head, Buffer.from(name), end])
}

let dns: DnsServer
let t: TestApp
let admin: Client
beforeAll(async () => {
  dns = await startDnsServer({ '7.100.0.203.in-addr.arpa': { PTR: ['out7.mailer.example.co.uk'] }, '9.9.9.9.in-addr.arpa': { PTR: ['mail-sor-f41.google.com'] } })
  t = await testApp({ env: { DNS_SERVERS: dns.address } })
  t.setNow(now)
  admin = await t.as('administrator')
  await admin.post('/api/v1/sending-domains', { domain: 'shop.example' })
  await admin.patch('/api/v1/reputation/settings', { sending_addresses: ['8.8.8.8'] })
})
afterAll(async () => {
  await t.close()
  await dns.close()
})
const upload = async (content: Buffer | string, name = 'report.xml') => {
  const form = new FormData()
  form.append('file', new Blob([content as Uint8Array<ArrayBuffer>]), name)
  return (await t.as('administrator')).post('/api/v1/dmarc-reports', form)
}

test('reports come plain, gzipped or zipped, whatever the file is called, and are counted once', async () => {
  const xml = report([{ ip: '8.8.8.8', count: 90 }, { ip: '203.0.100.7', count: 8, dkim: 'fail', spf: 'fail', disposition: 'quarantine', signed: 'other.example' }, { ip: '9.9.9.9', count: 2, dkim: 'fail' }])
  expect((await upload(xml)).body).toMatchObject({ outcome: 'taken', org_name: 'google.com', domain: 'shop.example', mails: 100 })
  expect((await upload(zlib.gzipSync(xml), 'report')).body).toMatchObject({ outcome: 'known' })
  expect((await upload(zip(xml, '../../../etc/report.xml'), 'x.pdf')).body).toMatchObject({ outcome: 'known' })
  expect((await upload(zlib.gzipSync(report([{ ip: '8.8.8.8', count: 50 }], { id: '2', offset: 3 })))).body.outcome).toBe('taken')

  const { body } = await admin.get('/api/v1/dmarc-reports/overview?domain=shop.example')
  expect(body).toMatchObject({ reports: 2, mails: 150, passed: 142, dkim: 140, spf: 142, put_aside: 8, policy: 'none', advice: 'keep_watching' })
  expect(body.days).toEqual([{ day: '2026-11-17', mails: 50, passed: 50 }, { day: '2026-11-19', mails: 100, passed: 92 }])
  expect(body.sources).toMatchObject([
    { who: 'own', ours: true, mails: 140, passed: 140 }, { who: 'example.co.uk', ours: false, mails: 8, passed: 0, put_aside: 8 }, { who: 'Google', ours: false, mails: 2, passed: 2, dkim: 0 },
  ])
  expect((await admin.get('/api/v1/dmarc-reports/addresses?who=example.co.uk')).body.data).toMatchObject([{ address: '203.0.100.7', host: 'out7.mailer.example.co.uk', mails: 8 }])
  const { data } = (await admin.get('/api/v1/dmarc-reports?limit=1')).body
  expect(data).toMatchObject([{ mails: 50, source: 'upload' }])
  expect((await admin.delete(`/api/v1/dmarc-reports/${data[0].id}`)).status).toBe(204)
  expect((await admin.get('/api/v1/dmarc-reports/overview')).body.mails).toBe(100)
})

test('what to do follows from the reports', async () => {
  const advice = async () => (await admin.get('/api/v1/dmarc-reports/overview?days=60')).body.advice
  await upload(report([{ ip: '8.8.8.8', count: 5000 }], { id: 'old', offset: 20 }))
  expect(await advice()).toBe('raise_policy')
  await upload(report([{ ip: '8.8.8.8', count: 900, dkim: 'fail', spf: 'fail' }], { id: 'failing', offset: 2 }))
  expect(await advice()).toBe('mend_own')
  expect((await admin.get('/api/v1/dmarc-reports/overview?domain=other.example')).body.advice).toBe('no_reports')
})

test('others than staff for marketing cannot give reports; reports about other domains are refused', async () => {
  expect((await upload(report([], { domain: 'stranger.example', id: '9' }))).body).toMatchObject({ outcome: 'refused', reason: 'not_ours', domain: 'stranger.example' })
  const form = new FormData()
  form.append('file', new Blob([report([])]), 'a.xml')
  expect((await (await t.as('observer')).post('/api/v1/dmarc-reports', form)).status).toBe(403)
  expect((await admin.post('/api/v1/dmarc-reports', {})).status).toBe(422)
})

test('a report in a mail that came in is taken, once, whatever else the mail is', async () => {
  const xml = report([{ ip: '8.8.8.8', count: 3 }], { id: 'mailed' })
  const mail = [
    'From: noreply-dmarc-support@google.com', 'To: dmarc@shop.example', 'Subject: Report domain: shop.example Submitter: google.com', 'Message-ID: <1@google.com>', 'MIME-Version: 1.0',
    'Content-Type: application/gzip; name="google.com!shop.example!1763510400!1763596799.xml.gz"', 'Content-Disposition: attachment', 'Content-Transfer-Encoding: base64', '',
    zlib.gzipSync(xml).toString('base64'), '',
  ].join('\r\n')
  const bomb = mail.replace('<1@', '<2@').replace(/\r\n\r\n[^]*/, `\r\n\r\n${zlib.gzipSync(Buffer.alloc(40 * 1024 * 1024)).toString('base64')}\r\n`)
  const kept = (raw: string) => ({ source: 'smtp', envelope_from: null, envelope_to: ['dmarc@shop.example'], raw: Buffer.from(raw), size: raw.length })
  await keepMails(t.db, [kept(bomb), kept(mail), kept(mail.replace('<1@', '<3@'))], now)
  await runUntilIdle(t)
  const { data } = (await admin.get('/api/v1/dmarc-reports')).body
  expect(data.filter((each: { source: string }) => each.source === 'mailbox')).toMatchObject([{ mails: 3, domain: 'shop.example' }])
  expect((await t.app.pool.query(`select from inbound_mails where state = 'waiting'`)).rowCount).toBe(0)
})

describe('hostile files', () => {
  test.each<[string, () => Buffer | string, string]>([
    ['a gzip bomb', () => zlib.gzipSync(Buffer.alloc(60 * 1024 * 1024)), 'too_large'],
    ['a zip bomb', () => zip(`<feedback>${' '.repeat(40 * 1024 * 1024)}</feedback>`), 'too_large'],
    ['a zip bomb that lies about its size', () => zip(`<feedback>${' '.repeat(40 * 1024 * 1024)}</feedback>`, 'a.xml', { size: 10 }), 'too_large'],
    ['a zip without end', () => zip(report([])).subarray(0, 60), 'no_archive'],
    ['a zip whose directory points outside', () => { const bytes = zip(report([])); bytes.writeUInt32LE(0xfffffff0, bytes.length - 6); return bytes }, 'no_archive'],
    ['a zip of something else', () => zip('hello', 'hello.exe'), 'no_archive'],
    ['a cut gzip', () => zlib.gzipSync(report([])).subarray(0, 40), 'no_archive'],
    ['a picture', () => Buffer.from('89504e470d0a1a0a', 'hex'), 'no_archive'],
    ['nothing', () => '', 'no_archive'],
    ['entities that expand', () => `<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${report([])}`, 'no_report'],
    ['an entity that names a file', () => `<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/hostname">]><feedback>&a;</feedback>`, 'no_report'],
    ['a web page', () => '<html><body>Hello</body></html>', 'no_report'],
    ['tags that never end', () => '<feedback>'.repeat(20_000), 'no_report'],
    ['times of next year', () => report([{ ip: '8.8.8.8', count: 1 }], { offset: -400 }), 'future'],
    ['more rows than any receiver has', () => zlib.gzipSync(report(Array.from({ length: 50_001 }, () => ({ ip: '1.1.1.1', count: 1 }))).replaceAll(/<auth_results>.*?<\/auth_results>/g, '')), 'too_many_rows'],
  ])('%s', async (_, make, reason) => {
    const answer = await upload(make())
    expect(answer.body).toMatchObject({ outcome: 'refused', reason })
  })
  test('a file of 11 MB is turned away with its reason', async () => {
    expect(await upload(Buffer.alloc(11 * 1024 * 1024))).toMatchObject({ status: 413, body: { code: 'too_large' } })
  })
  test('names, prototypes and zeros in it do no harm', async () => {
    const parsed = readDmarcReport(report([{ ip: '1.1.1.1', count: 1 }, { ip: 'not an address', count: 1 }, { ip: '2.2.2.2', count: 0 }]).replace('google.com', 'a&lt;b'), now)
    expect(parsed).toMatchObject({ org_name: 'a<b', rows: [{ address: '1.1.1.1' }] })
    expect(readDmarcReport(report([]).replace('<policy_published>', '<__proto__><x>1</x></__proto__><policy_published>'), now)).toBe('no_report')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})

test('an archive without compression and one with a byte order mark are read', async () => {
  expect(await unpackReport(Buffer.from('\uFEFF<feedback/>'))).toEqual({ kind: 'xml', xml: '<feedback/>' })
})

test('the site of a host name', () => {
  expect(['a.b.example.com', 'mx.example.co.uk', 'mail.shop.ru', 'example.ru'].map(siteOf)).toEqual(['example.com', 'example.co.uk', 'shop.ru', 'example.ru'])
})

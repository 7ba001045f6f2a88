import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Answer, type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { rows, sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { providerEvents } from './provider-events.ts'
import { whatIsWrongWith } from './provider-signatures.ts'
import { certificates, isSnsUrl, type SnsEnvelope, textToSign } from './sns.ts'

let world: TestApp
let admin: Client
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  world = await testApp()
  admin = await world.as('administrator')
  people = await makeAudience(world.db, 4)
})
afterAll(async () => {
  await stopSending(world.app)
  await world.close()
})
beforeEach(async () => {
  await sql`delete from suppressions`.execute(world.db)
  await sql`delete from provider_hooks`.execute(world.db)
})

let visit = 0
/** A mail that left; its mark. */
async function sent(contact: number): Promise<{ own: string, email: string }> {
  await queueMessages(world.db, [{ contact_id: contact, kind: 'journey', enrolment_id: 1, step_key: 'mail', visit: ++visit, template_version_id: people.version, topic_id: people.topic }], world.app.now())
  await runUntilIdle(world, ['send-messages'])
  const [message] = await rows<{ id: number, to_email: string }>(world.db, sql`select id, to_email from messages where contact_id = ${contact}::bigint order by id desc limit 1`)
  return { own: `${contact}.${message!.id}`, email: message!.to_email }
}
async function hook(provider: string, secret = ''): Promise<{ id: number, path: string }> {
  const made = await admin.post('/api/v1/provider-hooks', { name: provider, provider, secret })
  expect(made.status, made.text).toBe(201)
  expect(made.text).not.toContain(secret === '' ? '"secret"' : secret)
  return { id: made.body.id, path: new URL(made.body.url).pathname }
}
async function report(path: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(world.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  await response.text()
  return response.status
}
const suppressed = async () => {
  await runUntilIdle(world)
  return (await rows<{ email: string, reason: string }>(world.db, sql`select email, reason from suppressions order by email`)).map(row => `${row.email} ${row.reason}`)
}
const shown = async (id: number) => ((await admin.get('/api/v1/provider-hooks')) as Answer).body.data.find((each: { id: number }) => each.id === id)

test('SendGrid: the signature is over the body as it came', async () => {
  // The vector of the provider's own library.
  const key = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA=='
  const vector = { body: '{"category":"example_payload","event":"test_event","message_id":"message_id"}', json: null, headers: { 'x-twilio-email-event-webhook-timestamp': '1588788367', 'x-twilio-email-event-webhook-signature': 'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=' } }
  expect(whatIsWrongWith('sendgrid', vector, key, new Date())).toBeNull()
  expect(whatIsWrongWith('sendgrid', { ...vector, body: `${vector.body}\r\n` }, key, new Date())).not.toBeNull()
  expect(whatIsWrongWith('sendgrid', { ...vector, headers: {} }, key, new Date())).not.toBeNull()
  expect(whatIsWrongWith('sendgrid', vector, 'nonsense', new Date())).not.toBeNull()

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { id, path } = await hook('sendgrid', publicKey.export({ type: 'spki', format: 'der' }).toString('base64'))
  const mail = await sent(people.contacts[0]!)
  const body = JSON.stringify([{ email: mail.email, event: 'bounce', type: 'bounce', reason: '550 5.1.1 User unknown', status: '5.1.1', sg_event_id: 'a', otklik: mail.own }, { email: mail.email, event: 'open', sg_event_id: 'b' }])
  const signed = (text: string) => ({ 'x-twilio-email-event-webhook-timestamp': '1', 'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(`1${text}`), privateKey).toString('base64') })
  expect(await report(path, body)).toBe(403)
  expect(await report(path, body.replace('5.1.1', '5.1.2'), signed(body))).toBe(403)
  expect(await suppressed()).toEqual([])
  expect(await report(path, body, signed(body))).toBe(200)
  expect(await report(path, body, signed(body))).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} hard_bounce`])
  expect(await rows(world.db, sql`select id from events where type = 'email.bounced' and contact_id = ${people.contacts[0]!}::bigint`)).toHaveLength(1)
  expect(await shown(id)).toMatchObject({ received: 2, refused: 2, refusal: 'the signature does not hold' })
})

test('Mailgun: one signature is good for one report, and not for ever', async () => {
  const { path } = await hook('mailgun', 'a signing key')
  const mail = await sent(people.contacts[1]!)
  const signature = (token: string, at = Math.floor(Date.now() / 1000)) => ({ timestamp: String(at), token, signature: createHmac('sha256', 'a signing key').update(`${at}${token}`).digest('hex') })
  const body = (event: string, token: string, at?: number) => JSON.stringify({ signature: signature(token, at), 'event-data': { event, severity: 'permanent', id: 'e1', recipient: mail.email, 'user-variables': { otklik: mail.own }, 'delivery-status': { code: 550, message: 'No such user' } } })
  expect(await report(path, body('complained', 'old', 1_600_000_000))).toBe(403)
  expect(await report(path, body('failed', 't1').replace('"token":"t1"', '"token":"t2"'))).toBe(403)
  expect(await report(path, body('opened', 't3'))).toBe(200)
  expect(await suppressed()).toEqual([])
  expect(await report(path, body('failed', 't4'))).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} hard_bounce`])
  // The body is not signed: whoever saw a report cannot make another of it.
  expect(await report(path, body('complained', 't4'))).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} hard_bounce`])
})

test('Unisender Go: the mark is the MD5 of the body with the key in it', async () => {
  const { path } = await hook('unisender_go', 'api$&key')
  const mail = await sent(people.contacts[2]!)
  const make = (status: string) => {
    const text = JSON.stringify({ auth: 'AUTH', events_by_user: [{ user_id: 1, events: [{ event_name: 'transactional_email_status', event_data: { job_id: 'j', status, email: mail.email, metadata: { otklik: mail.own } } }] }] })
    return text.replace('AUTH', createHash('md5').update(text.replace('AUTH', () => 'api$&key')).digest('hex'))
  }
  expect(await report(path, make('spam').replace('"spam"', '"hard_bounced"'))).toBe(403)
  expect(await report(path, make('spam'))).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} complaint`])
})

test('Postmark, Brevo, SparkPost: the address is the secret, and a password where one is given', async () => {
  const mail = await sent(people.contacts[0]!)
  const postmark = await hook('postmark', 'pass:word')
  const body = JSON.stringify({ RecordType: 'Bounce', Type: 'HardBounce', ID: 1, Email: mail.email, Metadata: { otklik: mail.own }, Details: 'smtp;550 5.1.1 no such user' })
  expect(await report(postmark.path, body)).toBe(403)
  expect(await report(postmark.path, body, { authorization: `Basic ${Buffer.from('me:wrong').toString('base64')}` })).toBe(403)
  expect(await report(postmark.path, body, { authorization: `Basic ${Buffer.from('me:pass:word').toString('base64')}` })).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} hard_bounce`])
  const brevo = await hook('brevo')
  expect(await report(brevo.path, '{"event":"unsubscribed","email":"' + mail.email + '","X-Mailin-custom":"otklik:' + mail.own + '"}')).toBe(200)
  await runUntilIdle(world)
  expect(await rows(world.db, sql`select status from consent_states where contact_id = ${people.contacts[0]!}::bigint`)).toEqual([{ status: 'withdrawn' }])
  const sparkpost = await hook('sparkpost')
  expect(await report(sparkpost.path, '[{"msys":{}}]')).toBe(200)
})

test('the same report many times at once, late and out of order, counts once and takes nothing back', async () => {
  const { id, path } = await hook('postmark')
  const mail = await sent(people.contacts[3]!)
  const make = (more: object) => JSON.stringify({ Email: mail.email, Metadata: { otklik: mail.own }, ...more })
  const hard = make({ RecordType: 'Bounce', Type: 'HardBounce', ID: 7, Details: 'smtp;550 5.1.1 no such user' })
  const complained = make({ RecordType: 'SpamComplaint', ID: 8 })
  // What came of it last is told first, and the delay of the hour before after it.
  expect(await report(path, complained)).toBe(200)
  expect(await Promise.all(Array.from({ length: 8 }, () => report(path, hard)))).toEqual(Array.from({ length: 8 }, () => 200))
  expect(await report(path, make({ RecordType: 'Bounce', Type: 'Transient', ID: 6, Details: 'smtp;451 4.7.1 try later' }))).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} complaint`])
  const counted = () => rows<{ type: string, count: number }>(world.db, sql`select type, count(*)::integer as count from events where contact_id = ${people.contacts[3]!}::bigint and source = 'provider:postmark' and properties ->> 'hard' is distinct from 'false' group by type order by type`)
  expect(await counted()).toEqual([{ type: 'email.bounced', count: 1 }, { type: 'email.complained', count: 1 }])
  const state = () => rows(world.db, sql`select state, complained_at is not null as complained from messages where contact_id = ${people.contacts[3]!}::bigint order by id desc limit 1`)
  expect(await state()).toEqual([{ state: 'bounced', complained: true }])
  // A day later somebody plays all of it again.
  world.setNow(new Date(Date.now() + 86_400_000))
  await Promise.all([hard, complained, hard].map(body => report(path, body)))
  await suppressed()
  expect(await counted()).toEqual([{ type: 'email.bounced', count: 1 }, { type: 'email.complained', count: 1 }])
  expect(await state()).toEqual([{ state: 'bounced', complained: true }])
  expect(await shown(id)).toMatchObject({ received: 13, refused: 0 })
  world.setNow(new Date())
})

test('an address nobody made, and what is no JSON, are refused; about strangers nothing happens', async () => {
  const { id, path } = await hook('brevo')
  expect(await report(path.replace(/\.(.)/, (_, letter: string) => letter === 'A' ? '.B' : '.A'), '{}')).toBe(404)
  expect(await report('/provider-hooks/1.x', '{}')).toBe(404)
  expect(await report(path, 'no json')).toBe(403)
  expect(await report(path, '')).toBe(403)
  for (const body of ['null', '[]', '[[[]]]', '"x"', '{"event":"hard_bounce","email":"nobody@never.example"}', '{"event":"hard_bounce","email":"p1@example.org","X-Mailin-custom":"otklik:1.999999"}', '{"event":{"a":1},"email":["x"]}']) expect(await report(path, body), body).toBe(200)
  expect(await suppressed()).toEqual([])
  await admin.delete(`/api/v1/provider-hooks/${id}`)
  expect(await report(path, '{}')).toBe(404)
  expect((await (await world.as('marketer')).get('/api/v1/provider-hooks')).status).toBe(403)
})

test('Amazon SES by SNS: signature, certificate and topic are looked at', async () => {
  const url = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-test.pem'
  certificates.set(url, certificate)
  const { id, path } = await hook('ses')
  const mail = await sent(people.contacts[1]!)
  const message = { eventType: 'Bounce', mail: { tags: { otklik: [mail.own] } }, bounce: { bounceType: 'Permanent', feedbackId: 'f', bouncedRecipients: [{ emailAddress: mail.email, status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' }] } }
  const make = (changes: Partial<SnsEnvelope> = {}, after: Partial<SnsEnvelope> = {}): string => {
    const envelope = { Type: 'Notification', MessageId: 'm', TopicArn: 'arn:aws:sns:eu-central-1:1:mails', Message: JSON.stringify(message), Timestamp: '2026-11-24T00:00:00.000Z', SignatureVersion: '2', Signature: '', SigningCertURL: url, ...changes } as SnsEnvelope
    envelope.Signature = sign(envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256', Buffer.from(textToSign(envelope)), privateKey).toString('base64')
    return JSON.stringify({ ...envelope, ...after })
  }
  const plain = { 'content-type': 'text/plain; charset=UTF-8' }
  expect(await report(path, make({}, { Message: '{}' }), plain)).toBe(403)
  expect(await report(path, make({ SigningCertURL: 'https://sns.evil.example/x.pem' }), plain)).toBe(403)
  expect(await report(path, JSON.stringify(message), plain)).toBe(403)
  await admin.patch(`/api/v1/provider-hooks/${id}`, { topic_arn: 'arn:aws:sns:eu-central-1:1:other' })
  expect(await report(path, make(), plain)).toBe(403)
  await admin.patch(`/api/v1/provider-hooks/${id}`, { topic_arn: 'arn:aws:sns:eu-central-1:1:mails' })
  expect(await suppressed()).toEqual([])
  // A subscription is confirmed at Amazon only.
  expect(await report(path, make({ Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: 'http://127.0.0.1:1/' }), plain)).toBe(403)
  expect(await report(path, make({ SignatureVersion: '1' }), plain)).toBe(200)
  expect(await suppressed()).toEqual([`${mail.email} hard_bounce`])
})

test('only servers of Amazon SNS are asked for certificates and confirmations', () => {
  expect(isSnsUrl('https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription')).toBe(true)
  for (const text of [undefined, '', 'http://sns.us-east-1.amazonaws.com/x.pem', 'https://sns.us-east-1.amazonaws.com.evil.example/', 'https://evil.example/sns.us-east-1.amazonaws.com', 'https://sns.us-east-1.amazonaws.com@evil.example/', 'https://sns.us-east-1.amazonaws.com:8443/', 'https://s3.amazonaws.com/x.pem', 'https://sns.a.b.amazonaws.com/']) expect(isSnsUrl(text), text).toBe(false)
})

test('what providers call hard is a block where the receiving server says so', () => {
  const [event] = providerEvents('sendgrid', [{ event: 'bounce', type: 'bounce', email: 'a@b.example', reason: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org' }])
  expect(event!.kind).toBe('blocked')
  expect(providerEvents('mailgun', { 'event-data': { event: 'failed', severity: 'temporary', recipient: 'a@b.example' } })[0]!.kind).toBe('delayed')
  expect(providerEvents('ses', { notificationType: 'Complaint', complaint: { complaintFeedbackType: 'not-spam', complainedRecipients: [{ emailAddress: 'a@b.example' }] } })).toEqual([])
  expect(providerEvents('sparkpost', [{ msys: { message_event: { type: 'bounce', bounce_class: '10', rcpt_to: 'a@b.example', event_id: '1', rcpt_meta: { otklik: '1.2' } } } }])).toMatchObject([{ kind: 'hard', own: '1.2', id: '1' }])
  expect(providerEvents('postmark', { RecordType: 'Bounce', Type: 'SoftBounce', ID: 7, Email: 'a@b.example' })).toMatchObject([{ kind: 'soft', id: '7' }])
})

/** A key made for this test; its certificate stands in for that of Amazon. */
const privateKey = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCkAztU+SVTY9gT
NVhJbiWTfcVMHhM44hRyfeSZM0MKPWL++aokJ7Sv/voA4NwMLd01/1qTGG0/NXyA
uBt5m4YK8Tp96x0FP5/DsFyfLDzrSS4g8d+B3RpGQUXCO4ahfPHjYuvL2srdJ++e
kj7Eo8QX0MJVtWGRZW4cj8x+xv5Lfk22wkhDBznEEa7ttchP7Q5SJczHd516Knic
rb6LNezuTCMriWua3BiShEncSEud5tncl96ULMxuJJEfxzYF+RoOF5xykz39WHDp
bVAJF8SCHEWiMIte0uM8U8eXQb/23ZpnT21uQA92WjnDCE9lyi9yLNJ0iK7DV3c3
IrhZHhILAgMBAAECggEAD73HqgYnkPNaP621BYcu0BMYJpAUZDc+oyZ2FEYZPxhZ
MgOgUswEyYd9UyxBsmGMg6w4czm68oAdrPT+nhNRMCeq537zUBelK9D3csd6KVLi
vIK6YupnpSqKmXPBHiqxxJMv8mbTZZp5owyCPblCDs8Yd8Vq0ducT911UQ2kRnZ3
Xb3TSCWxqsLWoFDgaDQnGT4ctPbNHOMMFo67HscsyjJtD/DEqf5BGAtzzJibQ/ft
eBjcwMynQ7hbxRNn8YH4CQO9G0xw6X6/UODEGEeC6aRCjyvkXpU39hFXhKtEHLGO
36ngKtvlxsu41SunfbmiMvZILFCnuHfqy+3IxBIHkQKBgQDf/bPQaakDr4QJSwK6
wwaf3FSDc6nUnAxPk3taqaqfFehAcoNh1IiPOGvpDTuK0S4LCxTb5031MVPnKe9L
GuPiCT7yPpFNAndRANWl6PB2c215j7diAPy79+iMrCIkH0c3MJSFL7SyhvdwbJzo
SsGYXrDpA/dpU8iuSydEJxwgDQKBgQC7c1SXrV9wlnIT4l+rvwTnMxo410iIAVtq
AinGZNQsf0pGa/ISILko4cPkbdfEmh/hyItcJYcr4Jr2F2nTHNI++q5AQsJcL2VI
n5L8NvYXZERRq8+Lbt2etW3aDZrQq/iSic7bWnYsZJ70mwTk+UngERqYBDEOXUH5
XEoOnYDcdwKBgQDaQKifIPVQ5Aqxy2dDd5jS16t50o/e3JaaS0hc1QmtrXj6oxol
jyPo+b8b/IrR/nTwycFvbHhnu8LXceL6uZ7mtr+g5xpJgWelhDypRspXgK1hT4oO
covQ1ATCXU9/BwMrYai2Bf/6HMypvQs+xOjSgSG8SuMevEbEnfIK1FjxWQKBgHKr
U7VRxs+eCP0m/zWWLg6tET5yXBlvExffaOTHq4/o8mvv/u6d/AcJTQeBNnw7eINr
Ze0hu/XYeZNPsVoHCIqkWVJQRIuWJtRtYcJOcO7QVIbNnrICSSqcfC3nIqzCdtZV
3SgMx7vSdfbWmgDkiw+6BtW1wrixzfkYPul/6mNzAoGBAJs+s+Thg6K9xJrPAoH1
lGb5LIJOHTVwZypwFgVFN4Q7+hSaHbOOtm3alTggmgoBbY/yPTcadPDVGghjZCVF
h/eJF4i2ZIen/xIxKpZz/t6Oi4AmJKgXZXfum50vEMdCqETW9u5OsLZ12NAQw3MZ
Luvn1rcRq9c5Gda/OI8MKSxZ
-----END PRIVATE KEY-----`
const certificate = `-----BEGIN CERTIFICATE-----
MIIDGzCCAgOgAwIBAgIUdblJcoS4EKy7m9Vd3eY26rCafiIwDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTI0MjM1NzQ3
WhgPMjEyNjEwMzEyMzU3NDdaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApAM7VPklU2PYEzVYSW4l
k33FTB4TOOIUcn3kmTNDCj1i/vmqJCe0r/76AODcDC3dNf9akxhtPzV8gLgbeZuG
CvE6fesdBT+fw7Bcnyw860kuIPHfgd0aRkFFwjuGoXzx42Lry9rK3SfvnpI+xKPE
F9DCVbVhkWVuHI/Mfsb+S35NtsJIQwc5xBGu7bXIT+0OUiXMx3edeip4nK2+izXs
7kwjK4lrmtwYkoRJ3EhLnebZ3JfelCzMbiSRH8c2BfkaDheccpM9/Vhw6W1QCRfE
ghxFojCLXtLjPFPHl0G/9t2aZ09tbkAPdlo5wwhPZcovcizSdIiuw1d3NyK4WR4S
CwIDAQABo1MwUTAdBgNVHQ4EFgQUl1oXTPtpo345FNLUR8dMYQG3xnYwHwYDVR0j
BBgwFoAUl1oXTPtpo345FNLUR8dMYQG3xnYwDwYDVR0TAQH/BAUwAwEB/zANBgkq
hkiG9w0BAQsFAAOCAQEAJ01T+oaN44XG9g1IMwT/jwBDH35QUJC/pbjZIJAN7Zi8
40hAFst9ZkGnHUIro3CDDjxc3sWlaFg8llYrNk9gNUKBn9MJlHs103Tsa7hpLQs5
9SQEembOb6Jx00zCkkIreidBcSgOvHEywxYjAv+VH8akw0ZFJChbBSML2aTgoYiJ
mIJTCUVo62IMlOQCSJlOps1Sih3VvaLROEQKwJqGiTAdWZysh1EXE+CW5gmiPgQp
Kt5Gd/F/NCdf3IVbY+BOWpbUpSXTspowWo8hFcLfAKfKSp6bY88s7B3yzQAyjjjr
69ey/SyzBUVuGD24rXtGXh2V8q29G6zvJQb9IhIkqg==
-----END CERTIFICATE-----`

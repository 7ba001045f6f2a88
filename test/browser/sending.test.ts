import { simpleParser } from 'mailparser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../server/base/db.ts'
import { stopSending } from '../../server/delivery/send-messages.ts'
import { stopWatching } from '../../server/inbound/watch-mailboxes.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'
import { type DnsServer, startDnsServer } from '../dns-server.ts'
import { type FakeProviders, startFakeProviders } from '../fake-providers.ts'
import { startTestImap, type TestImap } from '../imap-server.ts'
import { bounce, complaint, reply } from '../mails-that-come-back.ts'
import { startSmtpSink, type SmtpSink } from '../smtp-sink.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let app: TestApp
let browser: Browser
let sink: SmtpSink
let imap: TestImap
let fake: FakeProviders
let dns: DnsServer

beforeAll(async () => {
  [sink, imap, fake, dns] = await Promise.all([startSmtpSink({ user: 'tea', password: 'right' }), startTestImap(), startFakeProviders(), startDnsServer()])
  app = await testApp({ env: { DNS_SERVERS: dns.address } })
  browser = await openBrowser()
  await setUpTeaShop(app)
  // Half past eleven in the evening in Moscow.
  app.setNow(new Date('2026-11-24T20:30:00Z'))
  const admin = await app.as('administrator')
  await admin.post('/api/v1/contacts/batch', { contacts: ['Rita', 'Sam', 'Tom', 'Uma'].map(first_name => ({ email: `${first_name.toLowerCase()}@mail.example`, first_name, city: 'Tver' })) })
  await sql`insert into consent_states (contact_id, topic_id, status, since) select c.id, t.id, 'granted', '2026-01-01' from contacts c cross join topics t`.execute(app.db)
  const { body: segment } = await admin.post('/api/v1/segments', { name: 'People of Tver', condition: { all: [{ field: 'city', operator: 'is', value: 'Tver' }] } })
  const [topic] = (await admin.get('/api/v1/topics')).body.data
  const template = (await admin.get('/api/v1/templates')).body.data.find((each: { name: string }) => each.name === 'Newsletter')
  await admin.post('/api/v1/campaigns', { name: 'Tea for Tver', template_id: template.id, segment_id: segment.id, topic_id: topic.id })
  await runUntilIdle(app)
}, 180_000)
afterAll(async () => {
  await stopSending(app.app)
  await stopWatching(app.app)
  await browser?.close()
  await app?.close()
  await Promise.all([sink.close(), imap.close(), fake.close(), dns.close()])
})

const signedIn = async (options: Parameters<typeof openPage>[2] = {}) => {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  opened.page.setDefaultTimeout(30_000)
  return opened
}
const choose = async (page: Page, label: string, option: string | RegExp): Promise<void> => {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

const sorts: { kind: string, option: string, fields: Record<string, string> }[] = [
  { kind: 'ses', option: 'Amazon SES', fields: { 'Access key ID': 'AKIDEXAMPLE', 'Secret access key': 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' } },
  { kind: 'sendgrid', option: 'SendGrid', fields: { 'API key': 'SG.key' } },
  { kind: 'mailgun', option: 'Mailgun', fields: { 'Domain at Mailgun': 'mg.shop.example', 'Sending API key': 'mg-key' } },
  { kind: 'postmark', option: 'Postmark', fields: { 'Server API token': 'pm-token' } },
  { kind: 'brevo', option: 'Brevo', fields: { 'API key': 'xkeysib-1' } },
  { kind: 'sparkpost', option: 'SparkPost', fields: { 'API key': 'sp-key' } },
  { kind: 'unisender_go', option: 'Unisender Go', fields: { 'API key': 'us-key' } },
]

test('a sender of each sort is tried with a real mail before it is kept', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/settings/senders')
  await page.getByRole('button', { name: 'Add a sender' }).click()
  const drawer = page.getByRole('dialog')
  for (const { kind, option, fields } of sorts) {
    await choose(page, 'Provider', option)
    for (const [label, value] of Object.entries(fields)) await drawer.getByRole('textbox', { name: label }).fill(value)
    await drawer.getByRole('textbox', { name: 'Address of the API' }).fill(fake.url(kind))
    await drawer.getByRole('button', { name: 'Test', exact: true }).click()
    await expect.poll(() => fake.taken.map(mail => mail.provider), { timeout: 30_000 }).toContain(kind)
    await drawer.getByText('It works', { exact: true }).waitFor()
  }
  expect(fake.taken.map(mail => mail.to)).toEqual(sorts.map(() => me.email))
  await choose(page, 'Provider', 'Mail server (SMTP)')
  await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill('Our server')
  await drawer.getByRole('textbox', { name: 'Server', exact: true }).fill('127.0.0.1')
  await choose(page, 'Encryption', /None/)
  await drawer.getByRole('textbox', { name: 'Port' }).fill(String(sink.port))
  await drawer.getByRole('textbox', { name: 'User name' }).fill('tea')
  await drawer.getByRole('textbox', { name: 'Password' }).fill('right')
  await drawer.getByRole('button', { name: 'Test', exact: true }).click()
  await drawer.getByText('It works', { exact: true }).waitFor()
  expect(sink.accepted.map(mail => mail.to)).toEqual([me.email])
  await drawer.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Our server' }).waitFor()

  // The other page knows it too: nobody is told that mails reach nobody.
  await page.goto('/settings/sending')
  await page.getByText('All mails leave through your senders', { exact: false }).waitFor()
  expect(await page.getByText('reach nobody').count()).toBe(0)
  expect(problems).toEqual([])
}, 240_000)

test('a campaign in stages waits for the morning, goes on by hand, and what comes back is on the cards', async () => {
  sink.accepted.length = 0
  const { page, problems } = await signedIn()
  await page.goto('/settings/sending-rules')
  await page.getByRole('switch', { name: 'Keep quiet hours' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).first().waitFor()
  await page.goto('/settings/incoming')
  await page.getByRole('textbox', { name: 'Domain or mailbox for returned mail' }).fill('bounces.example.com')
  await page.getByRole('button', { name: 'Save' }).first().click()
  await page.getByText('@bounces.example.com', { exact: false }).waitFor()

  // A file goes along with the mail, and a picture in it.
  await page.goto('/templates')
  await page.getByRole('link', { name: /Newsletter/ }).first().click()
  await page.locator('input[type="file"]').last().setInputFiles({ name: 'prices.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 prices') })
  await page.getByText('prices.pdf').waitFor()
  await page.getByRole('group', { name: 'Add a block' }).getByText('Picture').click()
  const [upload] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Upload a picture' }).click()])
  await upload.setFiles({ name: 'leaf.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') })
  await page.getByLabel('Description').fill('A leaf')
  await page.getByText('The mail looks right').waitFor()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved', { exact: true }).first().waitFor()

  await page.goto('/campaigns')
  await page.getByText('Tea for Tver').first().click()
  await page.getByRole('checkbox', { name: 'Send in stages' }).click()
  if (await page.getByLabel('Go on by itself while all is well').isChecked()) await page.getByLabel('Go on by itself while all is well').click()
  await page.getByRole('button', { name: 'Send to 4 people' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await runUntilIdle(app)
  expect(sink.accepted).toEqual([])
  await page.getByRole('link', { name: /wait/ }).first().click()
  await page.getByText(/quiet hours/).first().waitFor()

  app.setNow(new Date('2026-11-25T08:00:00Z'))
  await runUntilIdle(app)
  const first = sink.accepted.length
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(4)
  await page.goBack()
  // One press a stage: one per cent, ten, and the others.
  await page.getByRole('button', { name: 'Go on now' }).click()
  await expect.poll(async () => {
    await runUntilIdle(app)
    await page.getByRole('button', { name: 'Go on now' }).click({ timeout: 500 }).catch(() => undefined)
    return sink.accepted.map(mail => mail.to).toSorted()
  }, { timeout: 60_000 }).toEqual(['rita@mail.example', 'sam@mail.example', 'tom@mail.example', 'uma@mail.example'])
  const sent = async (name: string) => {
    const mail = sink.accepted.find(each => each.to.startsWith(name))!
    const parsed = await simpleParser(mail.raw)
    expect(parsed.attachments.map(file => [file.filename, file.related ?? false]).toSorted()).toEqual([['leaf.png', true], ['prices.pdf', false]])
    return { messageId: parsed.messageId!.slice(1, -1), to: mail.to, returnPath: mail.from }
  }
  const [rita, sam, tom] = [await sent('rita'), await sent('sam'), await sent('tom')]

  // The mailbox: a first try with the wrong name of the server says so, then it is read.
  await page.goto('/settings/incoming')
  await page.getByRole('button', { name: 'Add a mailbox' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Answers')
  await dialog.getByRole('textbox', { name: 'IMAP server' }).fill('127.0.0.1')
  await choose(page, 'Encryption', /None/)
  await dialog.getByRole('textbox', { name: 'Port' }).fill(String(imap.port))
  await dialog.getByRole('textbox', { name: 'User name' }).fill('shop@example.com')
  await dialog.getByRole('textbox', { name: 'Password' }).fill('open sesame')
  await dialog.getByRole('button', { name: 'Save' }).click()
  imap.deliver(reply({ from: 'Rita <rita@mail.example>', to: 'shop@example.com', answers: rita.messageId, text: 'Is it <b>green</b> tea?\r\n\r\n> Tea for you\r\n> from the shop' }))
  imap.deliver(bounce(sam, { returnPath: sam.returnPath }))
  imap.deliver(complaint(tom, 'abuse', tom.returnPath))
  await runUntilIdle(app)
  await page.getByText('is read').waitFor()

  await page.goto('/inbound')
  await page.getByText('no such address', { exact: true }).first().waitFor()
  await page.getByText('Is it <b>green</b> tea?').click()
  await page.getByRole('dialog').getByRole('link', { name: 'Open the card' }).click()
  const thread = page.getByRole('region', { name: 'Re: Sale' })
  await thread.getByText('Is it <b>green</b> tea?').waitFor()
  expect(await thread.getByText('from the shop').count()).toBe(0)
  await thread.getByRole('textbox', { name: 'Answer rita@mail.example' }).fill('Yes, it is.')
  await thread.getByRole('button', { name: 'Send' }).dblclick()
  await thread.getByText('Yes, it is.', { exact: true }).waitFor()
  await runUntilIdle(app)
  const answers = sink.accepted.slice(4)
  expect(answers.map(mail => mail.to)).toEqual(['rita@mail.example'])
  const answer = await simpleParser(answers[0]!.raw)
  expect(answer.subject).toBe('Re: Sale')
  expect(answer.text).toContain('Yes, it is.')
  expect(answer.inReplyTo).toMatch(/^<reply-\d+@mail\.example\.org>$/)

  // Lines of the timeline open with what was written.
  await page.getByRole('button', { name: /^Was sent “Newsletter”/ }).click()
  const content = page.getByRole('region', { name: /^Mail: / })
  await content.getByText('To rita@mail.example').waitFor()
  await content.getByText('This is the version that was sent').waitFor()
  await content.frameLocator('iframe').getByText('Unsubscribe').waitFor()
  // Nothing in the mail comes before the policy that keeps it from loading anything.
  expect(await content.locator('iframe').getAttribute('srcdoc')).toMatch(/^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">/)
  await page.getByRole('button', { name: /^Replied to/ }).click()
  await page.getByText('> Tea for you').waitFor()

  await page.goto('/contacts')
  await page.getByText('sam@mail.example').first().click()
  await page.getByText('550 5.1.1 User unknown').first().waitFor()
  await page.goto('/inbound?tab=complaints')
  await page.getByRole('link', { name: 'Tom' }).waitFor()
  await page.getByText('Tea for Tver · 1').waitFor()
  expect(problems).toEqual([])
}, 240_000)

test('the records of a domain are copied, and a report about who sends in its name is read', async () => {
  const { page, problems } = await signedIn({ width: 390, height: 844 })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/settings/sending')
  await page.getByRole('button', { name: 'Add the domain' }).click()
  await page.getByRole('link', { name: 'example.com', exact: true }).click()
  await page.getByRole('button', { name: 'Check now' }).first().click()
  await page.getByText(/_domainkey\.example\.com/).first().waitFor()
  await page.getByRole('button', { name: /Copy/ }).nth(1).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), { timeout: 30_000 }).toMatch(/^v=DKIM1; k=rsa; p=[\w+/=]+$/)

  await page.goto('/deliverability/dmarc')
  const day = Date.UTC(2026, 10, 23) / 1000
  await page.locator('input[type="file"]').setInputFiles({
    name: 'google.xml', mimeType: 'text/xml', buffer: Buffer.from(`<feedback><report_metadata><org_name>google.com</org_name><report_id>1</report_id><date_range><begin>${day}</begin><end>${day + 86_399}</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
      <record><row><source_ip>203.0.113.7</source_ip><count>41</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers><auth_results/></record></feedback>`),
  })
  await page.getByText('203.0.113.7').first().waitFor()
  await page.getByText('google.com').first().waitFor()
  expect(problems).toEqual([])
}, 240_000)

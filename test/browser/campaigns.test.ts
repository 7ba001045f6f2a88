import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../server/base/db.ts'
import { stopSending } from '../../server/delivery/send-messages.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'
import { startSmtpSink } from '../smtp-sink.ts'

let app: TestApp
let browser: Browser

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(app)
  const administrator = await app.as('administrator')
  await administrator.post('/api/v1/contacts/batch', { contacts: Array.from({ length: 25 }, (_, index) => ({ email: `p${index}@example.org`, first_name: `P${index}`, city: 'Tver' })) })
  await sql`insert into consent_states (contact_id, topic_id, status, since) select c.id, t.id, case when c.email = 'p3@example.org' then 'withdrawn' else 'granted' end, now() from contacts c cross join topics t where c.email <> 'p4@example.org'`.execute(app.db)
  await administrator.post('/api/v1/segments', { name: 'People of Tver', condition: { all: [{ field: 'city', operator: 'is', value: 'Tver' }] } })
  await runUntilIdle(app)
}, 180_000)
afterAll(async () => {
  await stopSending(app.app)
  await browser?.close()
  await app?.close()
})

const signedIn = async (options: Parameters<typeof openPage>[2] = {}) => {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  opened.page.setDefaultTimeout(60_000)
  return opened
}

test('a campaign is put together, looked over, sent, and followed to its report', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/campaigns')
  await page.getByRole('button', { name: 'New campaign' }).first().click()
  await page.getByText('Choose whom it goes to.').waitFor()
  await page.getByLabel('Name of the campaign').fill('Tea for Tver')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'Segment' }).click()
  await page.getByRole('option', { name: /People of Tver/ }).click()
  await page.getByRole('combobox', { name: 'Topic' }).click()
  await page.getByRole('option', { name: 'News', exact: true }).click()
  await page.getByRole('combobox', { name: 'Mail' }).click()
  await page.getByRole('option', { name: 'Newsletter' }).click()

  await page.getByText('will get it, of 25 in the segment').waitFor()
  await page.getByRole('button', { name: 'Send to 23 people' }).waitFor()
  await page.getByRole('button', { name: /Never agreed to the topic/ }).click()
  await page.getByText('p4@example.org').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Send to 23 people' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await runUntilIdle(app)
  // The page follows by itself.
  await page.getByText('sent', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Delivered\s*23/ }).click()
  await page.getByText('p24@example.org').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Unsubscribed from the topic/ }).waitFor()
  await page.getByRole('link', { name: 'Campaigns' }).first().click()
  await page.getByText('Tea for Tver').waitFor()
  expect(problems).toEqual([])
}, 240_000)

test('a fault in the mails is seen, looked at as one person sees it, mended in the editor, and the campaign leaves', async () => {
  const marketer = await app.as('marketer')
  const variant = (subject: string) => ({ subject, preheader: '', blocks: [
    { id: 'greeting', kind: 'heading', text: 'Good day, {{ contact.first_name }}', level: 1 }, { id: 'offer', kind: 'text', html: '<p>New teas have come in from the hills of Georgia.</p>' },
    { id: 'picture', kind: 'image', src: 'https://shop.example/tea.jpg', alt: '' },
  ] })
  const document = { format: 1, theme: { accent: '#1f6f5c', background: '#f3f4f1', font: 'sans' }, locales: { en: variant('{{ contact.last_name }}') } }
  const template = (await marketer.post('/api/v1/templates', { name: 'New teas', kind: 'marketing', document })).body
  const [segment] = (await sql<{ id: number }>`select id from segments where name = 'People of Tver'`.execute(app.db)).rows
  const [topic] = (await sql<{ id: number }>`select id from topics order by id limit 1`.execute(app.db)).rows
  const campaign = (await marketer.post('/api/v1/campaigns', { name: 'New teas', template_id: template.id, segment_id: segment!.id, topic_id: topic!.id })).body
  const { page, problems } = await signedIn()
  await page.route('https://shop.example/**', route => route.fulfill({ contentType: 'image/gif', body: Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64') }))
  await page.goto(`/campaigns/${campaign.id}`)
  const check = page.getByRole('region', { name: 'Every mail, one by one' })
  // It begins by itself; the loop of campaigns runs when the test says so.
  await check.getByText('0 of 25 people').waitFor()
  await runUntilIdle(app)
  await check.getByText('The subject comes out empty.').waitFor()
  await page.getByText('Mails nobody should get: 23.', { exact: false }).waitFor()
  expect(await page.getByRole('button', { name: 'Send to 23 people' }).isDisabled()).toBe(true)
  await check.getByRole('button', { name: '23 people' }).first().click()
  await page.getByText('p24@example.org').waitFor()
  await page.keyboard.press('Escape')
  await check.getByRole('button', { name: 'Show one' }).first().click()
  const example = page.getByRole('dialog')
  await example.frameLocator('iframe').getByText('Good day, P').waitFor()
  await example.locator('mark', { hasText: 'no subject' }).waitFor()
  await page.keyboard.press('Escape')
  // The picture gets its description right here.
  await page.getByLabel('What the picture shows').fill('A cup of tea')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByLabel('What the picture shows').waitFor({ state: 'detached' })
  await runUntilIdle(app)
  await check.getByRole('link', { name: 'Put right: subject' }).first().click()
  await page.getByRole('textbox', { name: 'Subject' }).fill('New teas')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).first().waitFor()
  await page.goto(`/campaigns/${campaign.id}`)
  await check.getByText('0 of 25 people').waitFor()
  await runUntilIdle(app)
  await check.getByText('23 mails were made as they will be sent; all of them are all right.').waitFor()
  await page.getByRole('button', { name: 'Send to 23 people' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await runUntilIdle(app)
  await page.getByText('sent', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Delivered\s*23/ }).waitFor()
  expect(problems).toEqual([])
}, 240_000)

test('the mail server is tested step by step before it is saved, and a domain shows its record', async () => {
  const { page, problems } = await signedIn({ width: 390, height: 844 })
  const sink = await startSmtpSink({ user: 'tea', password: 'right' })
  await page.goto('/settings/sending')
  await page.getByRole('textbox', { name: 'Server' }).fill('127.0.0.1')
  await page.getByRole('combobox', { name: 'Encryption' }).click()
  await page.getByRole('option', { name: /None/ }).click()
  await page.getByLabel('Port').fill(String(sink.port))
  await page.getByLabel('User name').fill('tea')
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong')
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByText('It does not work yet').waitFor()
  await page.getByText('Check user name and password.', { exact: false }).waitFor()
  await page.getByRole('textbox', { name: 'Password' }).fill('right')
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByText('It works', { exact: true }).waitFor()
  expect(sink.accepted.map(mail => mail.to)).toEqual(['anna@example.com'])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Forget the server' }).waitFor()
  await page.getByRole('button', { name: 'Add the domain' }).click()
  await page.getByText('v=DKIM1; k=rsa; p=', { exact: false }).waitFor()
  await sink.close()
  expect(problems).toEqual([])
}, 240_000)

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveContactsAndFollow } from '../../server/flows/save-contacts.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp } from '../database.ts'
import type { TestApp } from '../database.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let app: TestApp
let browser: Browser

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(app)
  await saveContactsAndFollow(app.app, app.db, [{ email: 'boris@example.com', first_name: 'Boris' }, { email: 'vera@example.com', first_name: 'Vera' }], { now: app.app.now(), by: 'api', mode: 'overwrite' })
  await runUntilIdle(app)
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const signedIn = async (options: Parameters<typeof openPage>[2] = {}) => {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  return opened
}
const days = (amount: number) => ({ amount, unit: 'days' })
const graph = (steps: object, first: string) => ({ format: 1, trigger: { kind: 'event', event: 'order.placed' }, entry_condition: null, reentry: 'again', first, steps })

test('published over somebody on their way: what changes is shown, they are moved, and the first version is brought back', async () => {
  const api = await app.as('administrator')
  const { id } = (await api.post('/api/v1/journeys', { name: 'After an order', draft: graph({ pause: { kind: 'wait', duration: days(3), next: null } }, 'pause') })).body
  await api.post(`/api/v1/journeys/${id}/activation`)
  await api.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { email: 'boris@example.com' }, properties: { order_id: 'A-1', amount: 10 } }] })
  await runUntilIdle(app)
  const before = (await api.get(`/api/v1/journeys/${id}`)).body
  await api.put(`/api/v1/journeys/${id}`, { revision: before.revision, draft: graph({ rest: { kind: 'wait', duration: days(9), next: 'end' }, end: { kind: 'end' } }, 'rest') })

  const { page, problems } = await signedIn()
  await page.goto(`/journeys/${id}`)
  await page.getByRole('button', { name: 'Publish changes' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Step removed: Wait').waitFor()
  await dialog.getByText('1 person is on their way').waitFor()
  await dialog.getByText('They go on in the new version').click()
  await dialog.getByText('the step that does the same').waitFor()
  await dialog.getByRole('button', { name: 'Activate' }).click()
  await dialog.waitFor({ state: 'detached' })
  await runUntilIdle(app)
  const [way] = (await api.get(`/api/v1/journeys/${id}/enrolments?contact_id=1`)).body.data
  expect(way).toMatchObject({ version: 2, step: 'rest', state: 'waiting' })

  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Versions' }).click()
  await page.getByText('Moved 1, ended 0.').waitFor()
  await page.getByRole('button', { name: 'Publish again' }).click()
  await page.getByRole('dialog').getByText('Publish version 1 again?').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await expect.poll(async () => (await api.get(`/api/v1/journeys/${id}`)).body.version.number).toBe(3)
  expect((await api.get(`/api/v1/journeys/${id}`)).body.draft.steps).toHaveProperty('pause')
  expect(problems).toEqual([])
}, 300_000)

test('a dry run shows whom the journey would have met; a ready-made journey is made from the gallery, on a telephone too', async () => {
  const api = await app.as('administrator')
  const { id } = (await api.post('/api/v1/journeys', { name: 'Dry', draft: graph({ pause: { kind: 'wait', duration: { amount: 1, unit: 'minutes' }, next: 'end' }, end: { kind: 'end' } }, 'pause') })).body
  await api.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { email: 'vera@example.com' }, occurred_at: new Date(app.app.now().getTime() - 3_600_000).toISOString(), properties: { order_id: 'A-2', amount: 10 } }] })
  await runUntilIdle(app)
  const { page, problems } = await signedIn({ width: 390, height: 844 })
  await page.goto(`/journeys/${id}`)
  await page.getByText('Dry run', { exact: true }).click()
  await page.getByText('See it before it runs').waitFor()
  await page.getByRole('button', { name: 'Start the dry run' }).click()
  await expect.poll(async () => (await api.get(`/api/v1/journeys/${id}/dry-run`)).body.dry_run?.state).toBe('queued')
  await runUntilIdle(app)
  await page.getByRole('button', { name: /Would have entered\s*2/ }).click()
  await page.getByRole('dialog').getByText('Vera', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  // The same numbers on the journey itself: on the step, on the ways, and all of a step beside it.
  await page.getByRole('button', { name: 'Show on the journey' }).click()
  await page.getByRole('button', { name: '2 people would come here.' }).first().waitFor()
  await page.getByRole('button', { name: 'Go on: 2 people would go this way.' }).first().click()
  await page.getByRole('dialog').getByText('Boris', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 1300, height: 900 })
  await page.getByText('Canvas', { exact: true }).click()
  await page.locator('.react-flow__node[data-id=pause]').click()
  await page.getByRole('group', { name: 'Dry run' }).getByRole('button', { name: '2' }).first().click()
  await page.getByRole('dialog').getByText('Vera', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 390, height: 844 })

  await page.goto('/journeys')
  await page.getByRole('button', { name: 'Have a look at “Abandoned cart”' }).click()
  await page.getByRole('dialog').getByText('People who filled a cart and did not order.').waitFor()
  await page.getByRole('combobox', { name: 'Topic of the mails' }).click()
  await page.getByRole('option').first().click()
  await page.getByRole('button', { name: 'Make this journey' }).click()
  await page.waitForURL(/\/journeys\/\d+$/)
  await page.getByText('Abandoned cart').first().waitFor()
  expect(problems).toEqual([])
}, 300_000)

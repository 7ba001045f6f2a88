import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { openBrowser, openPage } from '../browser.ts'
import { testApp } from '../database.ts'
import type { TestApp } from '../database.ts'

let app: TestApp
let browser: Browser
const me = { email: 'anna@example.com', password: 'correct horse battery' }

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await (await app.as(null)).post('/api/v1/setup', {
    ...me, language: 'en', company_name: 'Tea shop', time_zone: 'Europe/Moscow', currency: 'EUR', sender_name: 'Tea shop', sender_email: 'shop@example.com', name: 'Anna',
  })
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

async function openJourney(name: string, draft?: Partial<JourneyGraph>, options: Parameters<typeof openPage>[2] = {}) {
  const opened = await openPage(browser, app.url, options)
  await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  const api = await app.as('marketer')
  const { id } = (await api.post('/api/v1/journeys', { name, ...draft ? { draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: null, steps: {}, ...draft } } : {} })).body
  await opened.page.goto(`/journeys/${id}`)
  await opened.page.getByText('Saved', { exact: true }).waitFor()
  /** the draft as the server has it, once the page says that it has it */
  const draftNow = async (): Promise<JourneyGraph> => (await api.get(`/api/v1/journeys/${id}`)).body.draft
  return { ...opened, id: id as number, draftNow }
}
/** a draft is saved a moment after its last change */
const soon = { timeout: 30_000 }
const node = (page: Page, key: string) => page.locator(`.react-flow__node[data-id="${key}"]`)
const plus = (page: Page, way: string) => page.locator(`[data-way="${way}"]`)
const choose = async (page: Page, kind: string) => {
  await page.getByRole('combobox', { name: 'Find a step to add' }).last().fill(kind)
  await page.getByRole('option', { name: kind, exact: true }).last().click()
}
const dragTo = async (page: Page, from: { x: number, y: number }, to: { x: number, y: number }) => {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 8 })
  await page.mouse.move(to.x, to.y, { steps: 8 })
  await page.mouse.up()
}
const middle = async (locator: ReturnType<Page['locator']>) => {
  const box = (await locator.boundingBox())!
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

test('by mouse: a split, a goal and a way back are put together, steps and ways dragged, undone, copied into another journey', async () => {
  const { page, problems, draftNow } = await openJourney('By mouse')
  await plus(page, ':next').click()
  await choose(page, 'A/B test')
  await page.getByRole('region', { name: 'A/B test' }).waitFor()
  await plus(page, 'split_random_1:way:b').click()
  await choose(page, 'Wait')
  await plus(page, 'wait_1:next').click()
  await choose(page, 'Go to a step')
  await page.getByText('Say which step it goes to.').first().waitFor()
  await page.getByRole('combobox', { name: 'Goes to' }).click()
  await page.getByRole('option', { name: /A\/B test/ }).click()
  await page.getByText('Say which step it goes to.').first().waitFor({ state: 'detached' })

  // A goal that jumps to a step.
  await page.getByRole('button', { name: 'Show all' }).click()
  await node(page, ' trigger').click()
  await page.getByRole('button', { name: 'Add a goal' }).click()
  await page.getByRole('region', { name: 'Goal' }).getByLabel('Name').fill('Came back')
  await page.getByRole('combobox', { name: 'When it is reached' }).click()
  await page.getByRole('option', { name: /Wait/ }).first().click()
  await node(page, ' goal goal_1').getByText('Goal: Came back').waitFor()
  await expect.poll(async () => (await draftNow()).goals, soon).toMatchObject([{ name: 'Came back', to: 'wait_1' }])

  // From the palette onto a way; then the step itself onto another; then the end of a way onto a step.
  await page.getByRole('button', { name: 'Steps to drag' }).click()
  // The palette lies over the left of the canvas: what is below it is moved aside.
  const pane = (await page.locator('.react-flow__pane').boundingBox())!
  await dragTo(page, { x: pane.x + pane.width - 12, y: pane.y + pane.height - 12 }, { x: pane.x + pane.width + 300, y: pane.y + pane.height - 12 })
  await page.getByRole('option', { name: 'Notify a colleague', exact: true }).dragTo(plus(page, 'split_random_1:way:a'))
  await page.getByRole('button', { name: 'Steps to drag' }).click()
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect.poll(async () => (await draftNow()).steps['split_random_1'], soon).toMatchObject({ ways: [{ next: 'notify_user_1' }, { next: 'wait_1' }] })
  await dragTo(page, await middle(node(page, 'notify_user_1')), await middle(plus(page, 'wait_1:next')))
  await expect.poll(async () => (await draftNow()).steps['wait_1'], soon).toMatchObject({ next: 'notify_user_1' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await draftNow()).steps['wait_1'], soon).toMatchObject({ next: 'go_to_1' })
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect.poll(async () => (await draftNow()).steps['wait_1'], soon).toMatchObject({ next: 'notify_user_1' })
  await page.getByRole('button', { name: 'Show all' }).click()
  await dragTo(page, await middle(node(page, 'split_random_1').locator('[data-handleid="way:a"]')), await middle(node(page, 'notify_user_1')))
  await expect.poll(async () => (await draftNow()).steps['split_random_1'], soon).toMatchObject({ ways: [{ next: 'notify_user_1' }, { next: 'wait_1' }] })

  // What is not filled in blocks the activation, is listed, and leads to where it is mended.
  expect(await page.getByRole('button', { name: 'Activate' }).isDisabled()).toBe(true)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Write what to tell/ }).click()
  await page.getByRole('region', { name: 'Notify a colleague' }).getByLabel('Text').fill('Look at this person')
  await page.getByText('Write what to tell.').first().waitFor({ state: 'detached' })

  // Two steps copied: pasted behind what is selected, and into another journey.
  await node(page, 'wait_1').click()
  await node(page, 'notify_user_1').click({ modifiers: ['Shift'] })
  await page.getByRole('region', { name: '2 steps selected' }).waitFor()
  await page.keyboard.press('Control+c')
  await page.keyboard.press('Control+v')
  await expect.poll(async () => Object.keys((await draftNow()).steps).sort(), soon).toEqual(['go_to_1', 'notify_user_1', 'notify_user_2', 'split_random_1', 'wait_1', 'wait_2'])
  const other = (await (await app.as('marketer')).post('/api/v1/journeys', { name: 'Another' })).body.id as number
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.goto(`/journeys/${other}`)
  await node(page, ' trigger').waitFor()
  await page.keyboard.press('Control+v')
  await node(page, 'wait_1').waitFor()
  await expect.poll(async () => (await (await app.as('marketer')).get(`/api/v1/journeys/${other}`)).body.draft.steps, soon).toMatchObject({ wait_1: { next: 'notify_user_1' }, notify_user_1: { text: 'Look at this person', next: null } })
  expect(problems).toEqual([])
}, 300_000)

test('by keyboard: steps are added, reached with the arrows, moved, found, deleted and brought back', async () => {
  const { page, problems, draftNow } = await openJourney('By keyboard')
  const add = async (words: string) => {
    await page.keyboard.press('+')
    await page.getByRole('combobox', { name: 'Find a step to add' }).waitFor()
    await page.keyboard.type(words)
    await page.keyboard.press('Enter')
  }
  const isFocused = (key: string) => expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-id')), soon).toBe(key)
  await node(page, ' trigger').focus()
  await add('condition')
  await node(page, 'wait_for_condition_1').waitFor()
  await node(page, ' trigger').focus()
  await page.keyboard.press('ArrowDown')
  await isFocused('wait_for_condition_1')
  await add('so many hours')
  await node(page, 'wait_1').waitFor()
  await node(page, 'wait_for_condition_1').focus()
  await page.keyboard.press('ArrowDown')
  await isFocused('wait_1')
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(async () => (await draftNow()).first, soon).toBe('wait_1')
  await page.keyboard.press('Delete')
  await expect.poll(async () => Object.keys((await draftNow()).steps), soon).toEqual(['wait_for_condition_1'])
  await page.keyboard.press('Control+z')
  await node(page, 'wait_1').waitFor()
  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find a step' }).fill('hour')
  await page.getByText('Nothing found').waitFor()
  await page.getByRole('textbox', { name: 'Find a step' }).fill('1 day')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Wait', exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByText('Move the step along its way').waitFor()
  await page.keyboard.press('Escape')
  // The list has the same acts.
  await page.getByText('List', { exact: true }).click()
  const act = async (step: number, name: string) => {
    await page.getByRole('button', { name: 'What to do with the step' }).nth(step).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
    // A menu that is still fading away has the same words.
    await page.getByRole('menuitem').first().waitFor({ state: 'detached' })
  }
  await act(0, 'Move down')
  await expect.poll(async () => (await draftNow()).first, soon).toBe('wait_for_condition_1')
  await act(1, 'Duplicate')
  await act(0, 'Copy')
  await act(0, 'Paste behind it')
  await expect.poll(async () => Object.keys((await draftNow()).steps).sort(), soon).toEqual(['wait_1', 'wait_2', 'wait_for_condition_1', 'wait_for_condition_2'])
  await act(3, 'Remove the step')
  await expect.poll(async () => Object.keys((await draftNow()).steps), soon).toHaveLength(3)
  expect(problems).toEqual([])
}, 300_000)

test('the mail of a step is made and edited without leaving the journey', async () => {
  const { page, problems, draftNow } = await openJourney('With a mail', { first: 'mail_1', steps: { mail_1: { kind: 'mail', template_id: null, topic_id: null, next: null } } })
  await node(page, 'mail_1').click()
  await page.getByRole('button', { name: 'New mail' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Hello from the journey')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  const subject = page.getByRole('dialog').getByRole('textbox', { name: 'Subject', exact: true })
  await subject.fill('Good to see you')
  await page.getByRole('button', { name: 'Back to the journey' }).click()
  await page.getByRole('region', { name: 'Send a mail' }).getByText('Good to see you').waitFor()
  const template = async () => ((await draftNow()).steps['mail_1'] as { template_id: number | null }).template_id
  await expect.poll(template, soon).not.toBeNull()
  expect((await (await app.as('marketer')).get(`/api/v1/templates/${await template()}`)).body).toMatchObject({ name: 'Hello from the journey', subject: 'Good to see you' })
  await node(page, 'mail_1').getByText('Hello from the journey').waitFor()
  expect(problems).toEqual([])
}, 300_000)

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openBrowser, openPage } from '../test/browser.ts'
import { startProgram } from '../test/program.ts'
import type { JourneyGraph } from '../shared/journeys.ts'
import { machine, milliseconds, percentile } from './measure.ts'

/**
 * The canvas with a large journey in a real browser: how long a frame takes while a step is dragged and the canvas is
 * moved, and how long after a key the letter is seen.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { steps: { type: 'string', default: '200' } } })
  const count = Number(values.steps)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-bench-'))
  chmodSync(folder, 0o755)
  const program = await startProgram({ DATA_DIR: folder, SECRET_KEY: 'bench', HOST: '127.0.0.1' })
  const browser = await openBrowser()
  try {
    const { page, problems } = await openPage(browser, program.url)
    const me = { email: 'anna@example.com', password: 'correct horse battery' }
    const post = async (address: string, data: unknown) => {
      const answer = await page.request.post(`/api/v1${address}`, { data, headers: { origin: program.url } })
      if (!answer.ok()) throw new Error(`${address}: ${answer.status()} ${await answer.text()}`)
      return await answer.json() as { id: number }
    }
    await post('/setup', { ...me, language: 'en', company_name: 'Tea shop', time_zone: 'Europe/Moscow', currency: 'EUR', sender_name: 'Tea shop', sender_email: 'shop@example.com', name: 'Anna' })
    const { id } = await post('/journeys', { name: 'Large', draft: large(count) })

    let began = performance.now()
    await page.goto(`/journeys/${id}`)
    await page.locator('.react-flow__node-step').first().waitFor()
    console.log(`${count} steps, ${machine()}`)
    console.log(`opened in ${milliseconds(performance.now() - began)}, ${await page.locator('.react-flow__node').count()} elements drawn of ${count + 1} steps and their open ends`)

    const frames = async (what: string, act: () => Promise<void>) => {
      await page.evaluate(() => {
        const times: number[] = []
        let last = performance.now()
        const tick = (now: number) => { times.push(now - last); last = now; if ((window as unknown as { times?: number[] }).times === times) requestAnimationFrame(tick) }
        ;(window as unknown as { times: number[] }).times = times
        requestAnimationFrame(tick)
      })
      began = performance.now()
      await act()
      const times = await page.evaluate(() => {
        const holder = window as unknown as { times: number[] | undefined }
        const found = holder.times ?? []
        holder.times = undefined
        return found
      })
      console.log(`${what}: ${Math.round(times.length / (performance.now() - began) * 1000)} frames/s; a frame p50 ${milliseconds(percentile(times, 0.5))}, p95 ${milliseconds(percentile(times, 0.95))}, p99 ${milliseconds(percentile(times, 0.99))}`)
    }
    const drag = async (which: string) => {
      const box = (await page.locator(`.react-flow__node[data-id=${which}]`).boundingBox())!
      await page.mouse.move(box.x + box.width / 2, box.y + Math.min(12, box.height / 3))
      await page.mouse.down()
      for (let move = 1; move <= 120; move++) await page.mouse.move(box.x + box.width / 2 + Math.sin(move / 12) * 90, box.y + 12 + move / 3)
      await page.mouse.up()
    }
    await frames('nothing', () => page.waitForTimeout(1500))
    await frames('dragging a step', () => drag('mail_0'))
    await frames('moving the canvas', async () => {
      for (let move = 0; move < 60; move++) { await page.mouse.wheel(0, move < 30 ? 240 : -240); await page.waitForTimeout(16) }
    })
    await page.keyboard.press('Control+z')
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.waitForTimeout(500)
    console.log(`far away: ${await page.locator('.react-flow__node').count()} elements drawn`)
    await frames('dragging a step among them', () => drag(`mail_${Math.round(count / 10)}`))

    await page.getByText('Saved', { exact: true }).waitFor()
    await page.reload()
    await page.locator('.react-flow__node[data-id=mail_0]').click()
    await page.getByRole('button', { name: /Name and comment/ }).click()
    await page.getByLabel('Own name of the step').click()
    // From the key to the frame after the letter is there.
    await page.evaluate(() => {
      const found: number[] = []
      ;(window as unknown as { letters: number[] }).letters = found
      let began = 0
      document.addEventListener('keydown', () => { began = performance.now() }, true)
      document.addEventListener('input', () => requestAnimationFrame(() => setTimeout(() => found.push(performance.now() - began))), true)
    })
    await frames('typing a name', () => page.keyboard.type('A mail with a rather long name of its own, and some more', { delay: 60 }))
    const letters = await page.evaluate(() => (window as unknown as { letters: number[] }).letters)
    console.log(`a letter is seen after p50 ${milliseconds(percentile(letters, 0.5))}, p95 ${milliseconds(percentile(letters, 0.95))}`)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  } finally {
    await browser.close()
    await program.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Conditions in a row, each with a branch of a mail and a wait for its reaction, and one of a wait and a tag; five steps apiece. */
function large(count: number): JourneyGraph {
  const steps: JourneyGraph['steps'] = {}
  let next: string | null = null
  for (let part = Math.ceil(count / 5) - 1; part >= 0; part--) {
    steps[`ask_${part}`] = { kind: 'condition', condition: { all: [{ field: 'city', operator: 'is', value: 'Moscow' }, { event: 'order.placed', count: { at_least: 1 + part % 5 }, window: { last: { amount: 30, unit: 'days' } } }] }, next_yes: `mail_${part}`, next_no: `wait_${part}` }
    steps[`mail_${part}`] = { kind: 'mail', template_id: null, topic_id: null, next: `react_${part}` }
    steps[`react_${part}`] = { kind: 'wait_for_event', event: 'email.clicked', mail_step: `mail_${part}`, timeout: { amount: 2, unit: 'days' }, next, next_timeout: next }
    steps[`wait_${part}`] = { kind: 'wait', duration: { amount: 1 + part, unit: 'days' }, next: `tell_${part}` }
    steps[`tell_${part}`] = { kind: 'notify_user', user: 'owner', text: 'Look at this', next }
    next = `ask_${part}`
  }
  return { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: next, steps }
}

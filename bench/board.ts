import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openBrowser, openPage } from '../test/browser.ts'
import { startProgram } from '../test/program.ts'
import { machine, milliseconds, percentile } from './measure.ts'

/**
 * The board of deals in a real browser: how long it takes to open, what scrolling and dragging cost, and how soon a move
 * made by somebody else is seen after one has scrolled far. Half of the deals stand at the first stage.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { deals: { type: 'string', default: '5000' } } })
  const count = Number(values.deals)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-bench-'))
  chmodSync(folder, 0o755)
  const program = await startProgram({ DATA_DIR: folder, SECRET_KEY: 'bench', HOST: '127.0.0.1' })
  const browser = await openBrowser()
  try {
    const { page, problems } = await openPage(browser, program.url)
    const send = async (method: string, address: string, data: unknown) => {
      const answer = await page.request.fetch(`/api/v1${address}`, { method, data, headers: { origin: program.url }, timeout: 120_000 })
      if (!answer.ok()) throw new Error(`${address}: ${answer.status()} ${await answer.text()}`)
      return await answer.json() as unknown
    }
    await send('POST', '/setup', { email: 'anna@example.com', password: 'correct horse battery', language: 'en', company_name: 'Tea shop', time_zone: 'Europe/Moscow', currency: 'EUR', sender_name: 'Tea shop', sender_email: 'shop@example.com', name: 'Anna' })
    const { data: [pipeline] } = await send('GET', '/pipelines', undefined) as { data: { stages: { id: number, name: string, kind: string }[] }[] }
    const stages = pipeline!.stages.filter(stage => stage.kind === 'open')
    let began = performance.now()
    for (let from = 0; from < count; from += 1000) {
      await send('POST', '/deals/batch', {
        source: 'bench', deals: Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({
          external_id: String(from + index), title: `Deal ${from + index}`, amount: 1000 + index, stage: stages[index % 2 === 0 ? 0 : 1 + (index >> 1) % (stages.length - 1)]!.name,
          contact: { email: `buyer${(from + index) % 1500}@example.org`, first_name: 'Buyer', last_name: String((from + index) % 1500) },
        })),
      })
    }
    console.log(`${count.toLocaleString('en')} deals, ${machine()}; made over the API in ${milliseconds(performance.now() - began)}`)

    const column = (index: number) => page.getByRole('region', { name: stages[index]!.name, exact: true })
    const cards = (index: number) => column(index).getByRole('button', { name: /^Deal \d+$/ })
    await page.goto('/')
    for (const what of ['opened', 'opened again']) {
      began = performance.now()
      await page.goto('/deals?view=board')
      for (const [index] of stages.entries()) await cards(index).first().waitFor()
      console.log(`${what} in ${milliseconds(performance.now() - began)}`)
    }
    let asked = 0
    page.on('request', request => { if (request.url().includes('/api/v1/deals')) asked++ })
    const frames = async (what: string, act: () => Promise<void>) => {
      await page.evaluate(() => {
        const holder = window as unknown as { times: number[] | undefined, tasks: number[], observer: PerformanceObserver }
        const times: number[] = []
        const tasks: number[] = []
        let last = performance.now()
        const tick = (now: number) => { times.push(now - last); last = now; if (holder.times === times) requestAnimationFrame(tick) }
        Object.assign(holder, { times, tasks, observer: new PerformanceObserver(list => { tasks.push(...list.getEntries().map(entry => entry.duration)) }) })
        holder.observer.observe({ type: 'longtask' })
        requestAnimationFrame(tick)
      })
      asked = 0
      const start = performance.now()
      await act()
      const took = performance.now() - start
      const { times, tasks } = await page.evaluate(() => {
        const holder = window as unknown as { times: number[] | undefined, tasks: number[], observer: PerformanceObserver }
        const found = { times: holder.times ?? [], tasks: holder.tasks }
        holder.observer.disconnect()
        holder.times = undefined
        return found
      })
      console.log(`${what}: ${milliseconds(took)}, ${Math.round(times.length / took * 1000)} frames/s; a frame p50 ${milliseconds(percentile(times, 0.5))}, p95 ${milliseconds(percentile(times, 0.95))}; ${tasks.length} long tasks${tasks.length === 0 ? '' : `, the longest ${milliseconds(Math.max(...tasks))}, together ${milliseconds(tasks.reduce((sum, task) => sum + task, 0))}`}; ${asked} requests; ${(await page.locator('*').count()).toLocaleString('en')} elements on the page`)
    }
    const wheel = async (times: number, by: number) => {
      const box = (await column(0).boundingBox())!
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
      for (let step = 0; step < times; step++) { await page.mouse.wheel(0, by); await page.waitForTimeout(16) }
    }
    await frames('nothing', () => page.waitForTimeout(1500))
    await frames('scrolling down a column', () => wheel(300, 500))
    await frames('and up again', () => wheel(300, -500))
    await frames('dragging a card to the next column', async () => {
      const [from, to] = [(await cards(0).first().boundingBox())!, (await column(1).boundingBox())!]
      await page.mouse.move(from.x + 20, from.y + 8)
      await page.mouse.down()
      for (let move = 1; move <= 60; move++) await page.mouse.move(from.x + 20 + (to.x + 60 - from.x - 20) * move / 60, from.y + 8 + Math.sin(move / 6) * 60 + move)
      await page.mouse.up()
      await page.getByText(/is at “.*” now/).first().waitFor({ state: 'attached' })
    })
    const { data: [other] } = await send('GET', `/deals?stage=${stages[2]!.id}&limit=1`, undefined) as { data: { id: number, title: string, revision: number }[] }
    await frames('somebody else moves a deal', async () => {
      await send('PATCH', `/deals/${other!.id}`, { revision: other!.revision, stage_id: stages[1]!.id })
      await column(1).getByRole('button', { name: other!.title, exact: true }).waitFor()
    })
    if (problems.length > 0) throw new Error(problems.join('\n'))
  } finally {
    await browser.close()
    await program.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

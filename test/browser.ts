import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Page } from 'playwright-core'

/** Flags of the package that would hide faults (CORS, CSP) or make the browser unstable. */
const unwanted = ['--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']

/** Where the package unpacks it: a folder of each user's own, since what one unpacked another may not run. */
export async function browserPath(): Promise<string> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = path.join(os.tmpdir(), `otklik-chromium-${process.getuid?.() ?? 0}`)
  mkdirSync(process.env['TMPDIR'], { recursive: true })
  try {
    return await chromium.executablePath()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

/** A real Chromium from the npm package. The libraries it needs from the system are installed when missing and we may. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await browserPath()
  const launch = (): Promise<Browser> => playwright.launch({ executablePath, headless: true, args: [...chromium.args.filter(flag => !unwanted.includes(flag)), '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
  try {
    return await launch()
  } catch (error) {
    if (!/libnss3|libnspr4|shared librar/.test(String(error)) || process.getuid?.() !== 0) throw error
    execFileSync('sh', ['-c', 'apt-get update -qq && apt-get install -y -qq libnss3 libnspr4'], { stdio: 'ignore' })
    return launch()
  }
}

/** A page that fails the test when its script throws or the content policy is broken: read `problems` at the end. */
export async function openPage(browser: Browser, url: string, options: { width?: number, height?: number, locale?: string, dark?: boolean } = {}): Promise<{ page: Page, problems: string[] }> {
  const context = await browser.newContext({
    baseURL: url, viewport: { width: options.width ?? 1440, height: options.height ?? 900 }, locale: options.locale ?? 'en-GB', timezoneId: 'Europe/Moscow',
    colorScheme: options.dark ? 'dark' : 'light',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const problems: string[] = []
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text())
  })
  return { page, problems }
}

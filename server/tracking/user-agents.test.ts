import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { detectMachine } from './detect-machine.ts'

const file = path.resolve(import.meta.dirname, '../../../shared/corpora/user-agents/user_agents.json')
const reasonOf = (userAgent: string) => detectMachine({ what: 'open', method: 'GET', headers: {}, userAgent, sinceSent: null, inTestMailbox: false, datacentre: null, otherLinksJustNow: 0 })?.reason ?? null

test('three thousand user agents: machines are found, people are not taken for machines', () => {
  if (!existsSync(file)) return console.log('skipped: corpora not present')
  const { agents } = JSON.parse(readFileSync(file, 'utf8')) as { agents: { ua: string, label: 'bot' | 'human' | 'tool' | 'disputed' }[] }
  const machines = agents.filter(agent => agent.label === 'bot' || agent.label === 'tool')
  const people = agents.filter(agent => agent.label === 'human')
  const found = machines.filter(agent => reasonOf(agent.ua) !== null).length
  const mistaken = people.filter(agent => reasonOf(agent.ua) !== null).length
  const precision = found / (found + mistaken)
  const recall = found / machines.length
  console.log(`user agents: precision ${(precision * 100).toFixed(1)} %, recall ${(recall * 100).toFixed(1)} % (${machines.length} machines, ${people.length} people)`)
  expect(precision).toBeGreaterThan(0.97)
  expect(recall).toBeGreaterThan(0.98)
})

test.each([
  ['Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)', null],
  ['YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html', null],
  ['RamblerMail/6.0 (incompatible; ImageProxy/6.0)', null],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)', null],
  ['WindowsMail/17.5.9600.22013', null],
  ['Mozilla/5.0', 'mail_privacy'],
  ['', 'no_user_agent'],
  ['WhatsApp/2.23.20.0 A', 'scanner'],
  ['python-requests/2.31.0', 'tool'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36', 'headless'],
])('%s: %s', (userAgent, reason) => {
  expect(reasonOf(userAgent)).toBe(reason)
})

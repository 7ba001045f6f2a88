import path from 'node:path'
import { expect, test } from 'vitest'
import { isTest, sourceFiles } from './source-files.ts'

/** Who may be imported by whom: each folder imports only folders written before it. Where features meet is `flows`. */
const order = [
  'base', 'company', 'staff', 'companies', 'contacts', 'consent', 'events', 'features', 'conditions', 'segments', 'leads', 'deals', 'activities', 'notes', 'templates', 'coupons', 'webhooks', 'alerts', 'tracking', 'messages', 'delivery', 'inbound',
  'campaigns', 'reputation', 'journeys', 'forms', 'bulk', 'hygiene', 'duplicates', 'imports', 'data-map', 'data-quality', 'reports', 'views', 'search', 'exports', 'flows',
]
/** The pages that list everything, and what starts the program. */
const top = ['server/routes.ts', 'server/jobs.ts', 'server/loops.ts', 'server/start.ts', 'server/main.ts', 'server/sending-thread.ts', 'server/cli.ts']

const imported = (text: string): string[] => [...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)|(?:^|\n)import\s+'(\.[^']+)'/g)].map(match => match[1] ?? match[2] ?? match[3]!)
const target = (name: string, specifier: string): string => path.posix.join(path.posix.dirname(name), specifier)

test('web and server meet only in shared', () => {
  const wrong: string[] = []
  for (const part of ['web', 'shared', 'server']) {
    for (const { name, text } of sourceFiles(part, each => !isTest(each))) {
      for (const specifier of imported(text)) {
        const folder = target(name, specifier).split('/')[0]!
        if (folder !== part && !(folder === 'shared' && part !== 'shared')) wrong.push(`${name} imports ${specifier}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('a feature of the server imports only what stands before it', () => {
  const wrong: string[] = []
  for (const { name, text } of sourceFiles('server', each => !isTest(each))) {
    const folder = name.split('/')[1]!
    if (top.includes(name) || folder === 'command-line') continue
    if (!order.includes(folder)) wrong.push(`${name}: the folder ${folder} is not in the order`)
    for (const specifier of imported(text)) {
      const other = target(name, specifier).split('/')
      if (other[0] !== 'server' || other[1] === folder) continue
      if (other.length === 2) wrong.push(`${name} imports ${specifier}`)
      else if (order.indexOf(other[1]!) > order.indexOf(folder) || !order.includes(other[1]!)) wrong.push(`${name} imports ${specifier}, which comes later`)
    }
  }
  expect(wrong).toEqual([])
})

test('no module needs itself through others', () => {
  const needs = new Map(['server', 'shared', 'web'].flatMap(part => sourceFiles(part, each => !isTest(each))).map(({ name, text }) => {
    // Types are gone when it runs.
    const code = text.replaceAll(/(?:^|\n)\s*import type [^;]*?from\s+'[^']+'/g, '\n')
    return [name, imported(code).map(specifier => target(name, specifier))] as const
  }))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (name: string, way: string[]): void => {
    if (way.includes(name)) {
      cycles.push([...way.slice(way.indexOf(name)), name].join(' → '))
      return
    }
    if (done.has(name)) return
    for (const next of needs.get(name) ?? []) visit(next, [...way, name])
    done.add(name)
  }
  for (const name of needs.keys()) visit(name, [])
  expect(cycles).toEqual([])
})

import { buffer, text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { writeXlsx } from './write-xlsx.ts'
import type { Cell } from './write-xlsx.ts'

async function partsOf(rows: AsyncIterable<Cell[]>, headings = ['Email', 'Name', 'Added', 'Born', 'Orders', 'Vip']): Promise<Record<string, string>> {
  const zip = await fromBufferPromise(await buffer(writeXlsx('Клиенты: все/новые', headings, rows)))
  const parts: Record<string, string> = {}
  for await (const entry of zip.eachEntry()) parts[entry.fileName] = await text(await zip.openReadStreamPromise(entry))
  return parts
}

test('a workbook keeps texts as texts, numbers as numbers and times as times', async () => {
  const parts = await partsOf((async function* () {
    yield ['a@example.org', '=cmd() & <b>\u0000\uD800\n"x"', { local: '2026-11-24T12:00:00' }, { local: '1990-02-28' }, 1490.5, true]
    yield [null, '', undefined, '+7 916', -1, Number.NaN]
  })())
  const rows = parts['xl/worksheets/sheet1.xml']!.match(/<row>.*?<\/row>/gs)
  const said = (words: string, style = '') => `<c${style} t="inlineStr"><is><t xml:space="preserve">${words}</t></is></c>`
  expect(rows).toEqual([
    `<row>${['Email', 'Name', 'Added', 'Born', 'Orders', 'Vip'].map(word => said(word, ' s="2"')).join('')}</row>`,
    `<row>${said('a@example.org')}${said('=cmd() &amp; &lt;b&gt;\uFFFD\n"x"')}<c s="1"><v>46350.5</v></c><c s="3"><v>32932</v></c><c><v>1490.5</v></c><c t="b"><v>1</v></c></row>`,
    `<row><c/><c/><c/>${said('+7 916')}<c><v>-1</v></c><c/></row>`,
  ])
  expect(parts['xl/workbook.xml']).toContain('name="Клиенты  все новые"')
  expect(Object.keys(parts)).toHaveLength(6)
})

test('more rows than a sheet holds go on with the next one, and nothing piles up in memory', async () => {
  const before = process.memoryUsage().rss
  const parts = await partsOf((async function* () {
    for (let row = 0; row < 1_048_580; row++) yield [row]
  })(), ['Number'])
  expect(parts['xl/worksheets/sheet2.xml']!.match(/<v>\d+<\/v>/g)).toEqual([1_048_575, 1_048_576, 1_048_577, 1_048_578, 1_048_579].map(row => `<v>${row}</v>`))
  expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000)
})

test('a fault while rows come breaks the file off', async () => {
  await expect(partsOf((async function* () {
    yield ['x']
    throw new Error('the database is gone')
  })())).rejects.toThrow('the database is gone')
})

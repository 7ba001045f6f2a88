import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detectDelimiter, detectHeader } from './detect-layout.ts'
import { EncodingDetector } from './detect-encoding.ts'
import { CsvError, CsvReader, parseCsv } from './read-csv.ts'

const corpora = path.resolve(import.meta.dirname, '../../../shared/corpora')
const cells = (text: string, delimiter = ',') => parseCsv(text, delimiter).map(row => row.cells)
const fault = (text: string): string => {
  try {
    parseCsv(text, ',')
  } catch (error) {
    if (error instanceof CsvError) return error.message
    throw error
  }
  return ''
}

describe('reading', () => {
  test('quotes, doubled quotes, separators and line breaks inside quotes, all line ends', () => {
    expect(cells('a,b\r\n"x,y","he said ""hi"""\r\n"two\nlines",\n')).toEqual([['a', 'b'], ['x,y', 'he said "hi"'], ['two\nlines', '']])
    expect(cells('a;b\rc;d', ';')).toEqual([['a', 'b'], ['c', 'd']])
    expect(cells('a,b,')).toEqual([['a', 'b', '']])
    expect(cells('a,b\n\n\nc,d\n')).toEqual([['a', 'b'], ['c', 'd']])
    expect(cells('')).toEqual([])
    expect(cells('\uFEFFa,b')).toEqual([['a', 'b']])
  })
  test('lines are counted through quoted breaks', () => {
    expect(parseCsv('a,b\n"1\n2\r\n3",x\ny,z', ',').map(row => row.line)).toEqual([1, 2, 5])
  })
  test('a quotation mark inside a word stands for itself', () => expect(cells('ООО "Ромашка",5" pipe')).toEqual([['ООО "Ромашка"', '5" pipe']]))
  test('what is broken is told with its line', () => {
    expect(fault('a,b\n1,"open\n2,3\n')).toMatch(/^Line 2: a quotation mark opens here and is never closed/)
    expect(fault('a,b\n1, "x"\n')).toMatch(/^Line 2: column 2 has a quotation mark after a space/)
    expect(fault('a,b\n"x\n"y,1\n')).toMatch(/^Line 3: column 1 goes on after its closing quotation mark/)
  })
  test('in whatever parts the text comes, the rows are the same (parse ∘ print = identity)', () => {
    const cell = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('', '"', '""', ',', '\n', '\r\n', '\r', 'a"b', ' ', ' "x"', 'ё', '🙂', 'a,b"c\nd'))
    const row = fc.array(cell, { minLength: 2, maxLength: 4 })
    fc.assert(fc.property(fc.array(row, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 7 }), fc.boolean(), (rows, lineEnd, size, ended) => {
      const text = rows.map(one => one.map(value => `"${value.replaceAll('"', '""')}"`).join(',')).join(lineEnd) + (ended && rows.length > 0 ? lineEnd : '')
      const reader = new CsvReader(',')
      const read = []
      for (let from = 0; from < text.length; from += size) read.push(...reader.push(text.slice(from, from + size)))
      read.push(...reader.end())
      expect(read.map(one => one.cells)).toEqual(rows)
    }), { numRuns: 300 })
  })
})

describe('recognising', () => {
  const detect = (bytes: Uint8Array): string => {
    const detector = new EncodingDetector()
    for (let from = 0; from < bytes.length; from += 7) detector.push(Buffer.from(bytes.subarray(from, from + 7)))
    return detector.end()
  }
  test('UTF-8, UTF-16 and a file of plain ASCII', () => {
    expect(detect(Buffer.from('имя;город\nАнна;Казань\n'))).toBe('utf-8')
    expect(detect(Buffer.from('name,city\n'))).toBe('utf-8')
    expect(detect(Buffer.from('\uFEFFимя;город\nАнна;Казань\n', 'utf16le'))).toBe('utf-16le')
    expect(detect(Buffer.from('имя;город\nАнна;Казань\n', 'utf16le'))).toBe('utf-16le')
    expect(detect(Buffer.from('\uFEFFимя;город\n', 'utf16le').swap16())).toBe('utf-16be')
  })
  test('old Cyrillic encodings by a few words', () => {
    const encode = (text: string, encoding: string): Buffer => {
      const decoder = new TextDecoder(encoding)
      const byLetter = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(new Uint8Array([byte])), byte]))
      return Buffer.from([...text].map(letter => byLetter.get(letter) ?? 63))
    }
    const text = 'Имя;Город;Компания\nАнна Петрова;Нижний Новгород;Ромашка\nИван Сидоров;Казань;Север\n'
    for (const encoding of ['windows-1251', 'koi8-r', 'ibm866']) expect(detect(encode(text, encoding))).toBe(encoding)
    expect(detect(encode('Name;Ort\nMüller;Köln\nGroß;Düsseldorf\n', 'windows-1252'))).toBe('windows-1252')
  })
  test('separator and heading', () => {
    expect(detectDelimiter('a;b;c\n1;2,5;3\n4;5,5;6\n', true)).toBe(';')
    expect(detectDelimiter('a\tb\n1\t2\n', true)).toBe('\t')
    expect(detectDelimiter('anna@example.com\nbob@example.com\n', true)).toBe(',')
    expect(detectHeader(parseCsv('email,name\na@b.ru,x', ','))).toBe(true)
    expect(detectHeader(parseCsv('a@b.ru,Anna\nc@d.ru,Bob', ','))).toBe(false)
  })
})

test('a line without an end is given up after a million characters, however much of it would come', () => {
  for (const begin of ['email\n', 'email\n"']) {
    const reader = new CsvReader(',')
    const part = 'a'.repeat(300_000)
    reader.push(begin)
    let parts = 0
    expect(() => { for (; parts < 100; parts++) reader.push(part) }).toThrow(CsvError)
    expect(parts).toBeLessThan(5)
  }
})

describe.skipIf(!existsSync(corpora))('files of other programs (skipped: corpora not present)', () => {
  test('csv-spectrum, exactly', () => {
    for (const name of readdirSync(path.join(corpora, 'csv-spectrum/csvs'))) {
      const [heading, ...rows] = parseCsv(readFileSync(path.join(corpora, 'csv-spectrum/csvs', name), 'utf8'), ',')
      const expected = JSON.parse(readFileSync(path.join(corpora, 'csv-spectrum/json', name.replace('.csv', '.json')), 'utf8')) as unknown
      expect(rows.map(row => Object.fromEntries(row.cells.map((cell, index) => [heading!.cells[index], cell]))), name).toEqual(expected)
    }
  })
  test('encoding, separator and number of records of every contact file are found without help', () => {
    const names = { 'cp1251': 'windows-1251', 'utf-8-sig': 'utf-8', 'utf-16': 'utf-16le', 'koi8-r': 'koi8-r', 'cp1252': 'windows-1252', 'utf-8': 'utf-8' } as Record<string, string>
    for (const folder of ['contact-imports', 'contact-exports-synthetic']) {
      const { cases } = JSON.parse(readFileSync(path.join(corpora, folder, 'expected.json'), 'utf8')) as { cases: Record<string, { encoding?: string, delimiter: string, records_with_header?: number, records_without_header?: number, first_record_contains?: string[] }> }
      for (const [name, expected] of Object.entries(cases)) {
        const bytes = readFileSync(path.join(corpora, folder, 'files', name))
        const detector = new EncodingDetector()
        detector.push(bytes)
        const encoding = detector.end()
        if (expected.encoding) expect(encoding, name).toBe(names[expected.encoding])
        const text = new TextDecoder(encoding).decode(bytes)
        expect(detectDelimiter(text, true), name).toBe(expected.delimiter === 'tab' ? '\t' : expected.delimiter)
        if (name === 'keila-import_malformed1.csv') {
          expect(() => parseCsv(text, expected.delimiter)).toThrow(/Line 4/)
          continue
        }
        const rows = parseCsv(text, expected.delimiter)
        expect(rows.length, name).toBe(expected.records_with_header ?? expected.records_without_header! + 1)
        for (const part of expected.first_record_contains ?? []) expect(rows[1]!.cells, name).toContain(part)
      }
    }
  })
})

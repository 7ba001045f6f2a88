import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { knownEvents } from '../../shared/events.ts'
import { isTest, root, sourceFiles } from './source-files.ts'

type Entries = { [key: string]: string | Entries }
const folder = path.join(root, 'web/translations')
const plural = /_(zero|one|two|few|many|other)$/
const pluralForms = { en: ['one', 'other'], ru: ['one', 'few', 'many', 'other'] }

function flat(entries: Entries, before = ''): [string, string][] {
  return Object.entries(entries).flatMap(([key, value]) => typeof value === 'string' ? [[before + key, value] as [string, string]] : flat(value, `${before}${key}.`))
}
const namespaces = (language: string): string[] => readdirSync(path.join(folder, language)).map(name => name.replace(/\.json$/, '')).toSorted()
const read = (language: string, namespace: string): Map<string, string> => new Map(flat(JSON.parse(readFileSync(path.join(folder, language, `${namespace}.json`), 'utf8')) as Entries))

test('every event the program knows is a sentence on the timeline', () => {
  for (const language of ['en', 'ru']) {
    const said = read(language, 'contacts')
    expect(Object.keys(knownEvents).filter(type => !said.has(`timeline.types.${type.replace('.', '_')}`))).toEqual([])
  }
})

test('both languages say the same things', () => {
  expect(namespaces('ru')).toEqual(namespaces('en'))
  const wrong: string[] = []
  for (const namespace of namespaces('en')) {
    const texts = { en: read('en', namespace), ru: read('ru', namespace) }
    const stems = (language: 'en' | 'ru') => new Set([...texts[language].keys()].map(key => key.replace(plural, '')))
    for (const stem of stems('en')) if (!stems('ru').has(stem)) wrong.push(`${namespace}:${stem} is missing in ru`)
    for (const stem of stems('ru')) if (!stems('en').has(stem)) wrong.push(`${namespace}:${stem} is missing in en`)
    for (const language of ['en', 'ru'] as const) {
      for (const [key, text] of texts[language]) {
        // Nothing to say is said on purpose when it is so in both.
        if (text.trim() === '' && texts[language === 'en' ? 'ru' : 'en'].get(key)?.trim() !== '') wrong.push(`${namespace}:${key} is empty in ${language}`)
        const stem = key.replace(plural, '')
        // A word may end in `_other` without being a plural form.
        if (stem === key || !['one', 'few', 'many'].some(form => texts[language].has(`${stem}_${form}`))) continue
        for (const needed of pluralForms[language]) if (!texts[language].has(`${stem}_${needed}`)) wrong.push(`${namespace}:${stem} has no form "${needed}" in ${language}`)
      }
    }
    // The values put into a sentence are the same in both.
    const holes = (text: string) => [...new Set([...text.matchAll(/\{\{\s*([\w.]+)/g)].map(match => match[1]!))].filter(name => name !== 'count').toSorted().join(', ')
    for (const [key, text] of texts.en) {
      const other = texts.ru.get(key)
      if (other !== undefined && holes(text) !== holes(other)) wrong.push(`${namespace}:${key} takes {${holes(text)}} in en and {${holes(other)}} in ru`)
    }
  }
  expect([...new Set(wrong)]).toEqual([])
})

test('no translation that the pages ask for is missing, none is unused', () => {
  const files = sourceFiles('web', name => !isTest(name) && !name.includes('/translations'))
  const stems = new Map(namespaces('en').map(namespace => [namespace, new Set([...read('en', namespace).keys()].map(key => key.replace(plural, '')))]))
  const missing: string[] = []
  for (const { name, text } of files) {
    const used = [...text.matchAll(/useTranslation\(\s*(?:'(\w+)')?/g)].map(match => match[1] ?? 'app')
    if (used.length === 0) continue
    for (const [, key] of text.matchAll(/(?<![\w.])t\(\s*'([\w.:-]+)'\s*[,)]/g)) {
      const [namespace, stem] = key!.includes(':') ? key!.split(':') as [string, string] : [null, key!]
      const places = namespace === null ? used : [namespace]
      if (!places.some(place => stems.get(place)?.has(stem.replace(plural, '')))) missing.push(`${name}: ${key}`)
    }
  }
  expect(missing).toEqual([])

  const words = new Set<string>()
  const patterns: RegExp[] = []
  for (const { text } of files) {
    for (const [, word] of text.matchAll(/['"]((?:\w+:)?[\w.-]+)['"]/g)) words.add(word!.replace(/^\w+:/, ''))
    for (const [, template] of text.matchAll(/`((?:\w+:)?[\w.${}()[\]?:' -]*\$\{[^`]*)`/g)) {
      const pattern = template!.replace(/^\w+:/, '').replaceAll(/\$\{[^}]*\}/g, '\u0000').replaceAll(/[.*+?^()|[\]\\{}$]/g, String.raw`\$&`).replaceAll('\u0000', String.raw`[\w.-]+`)
      if (/\w/.test(pattern.replaceAll(String.raw`[\w.-]+`, ''))) patterns.push(new RegExp(`^${pattern}$`))
    }
  }
  const unused = [...stems].flatMap(([namespace, keys]) => [...keys].filter(key => !words.has(key) && !patterns.some(pattern => pattern.test(key))).map(key => `${namespace}:${key}`))
  expect(unused).toEqual([])
})

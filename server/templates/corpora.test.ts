import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { mailDocumentOf } from './block-builders.ts'
import { compileDraft } from './compile-template.ts'
import { liquidEngine, excludedTags } from './liquid.ts'
import { renderMail } from './render-mail.ts'
import { sanitiseDocumentHtml } from './sanitise-html.ts'
import { scanHtml } from './scan-html.ts'

/** Real-world mails and conformance cases that are not part of the repository; absent, these tests pass. */
const corpora = path.resolve(import.meta.dirname, '../../../shared/corpora')
const corpus = (name: string, check: (folder: string) => Promise<void> | void) => async () => {
  const folder = path.join(corpora, name)
  if (!existsSync(folder)) return console.log('skipped: corpora not present')
  return check(folder)
}

type GoldenCase = { name: string, template: string, data: Record<string, unknown>, result?: string, results?: string[], invalid?: boolean, templates?: Record<string, string>, tags?: string[] }

test('Liquid conformance: the share of right results', corpus('liquid-golden', folder => {
  const { tests } = JSON.parse(readFileSync(path.join(folder, 'golden_liquid.json'), 'utf8')) as { tests: GoldenCase[] }
  const engine = liquidEngine('text', 'en')
  // Numbered variables (increment), partials and layouts are not for mails.
  const excluded = (each: GoldenCase) => each.templates !== undefined || excludedTags.some(tag => each.tags?.includes(`${tag} tag`) || new RegExp(`{%-?\\s*${tag}\\b`).test(each.template))
  let right = 0
  const wrong: string[] = []
  const asked = tests.filter(each => !excluded(each))
  for (const each of asked) {
    let result: string | undefined
    try {
      result = engine.parseAndRenderSync(each.template, each.data) as string
    } catch {
      result = undefined
    }
    if (each.invalid ? result === undefined : result !== undefined && (each.results ?? [each.result]).includes(result)) right++
    else wrong.push(each.name)
  }
  console.log(`golden-liquid: ${right} of ${asked.length} right (${(right / asked.length * 100).toFixed(1)} %); ${tests.length - asked.length} cases left out (${excludedTags.join(', ')}, partials)`)
  // Most of the rest are errors the reference gives and liquidjs does not (an argument too many); a mail is rather filled in.
  const lenient = asked.filter(each => each.invalid && wrong.includes(each.name)).length
  console.log(`of the ${wrong.length} others ${lenient} are errors we do not raise; by group: ${[...Map.groupBy(wrong, name => name.split(',').slice(0, 2).join(','))].map(([group, names]) => `${group} ${names.length}`).join('; ')}`)
  expect(right / asked.length).toBeGreaterThan(0.74)
  expect(right / (asked.length - lenient)).toBeGreaterThan(0.84)
}), 60_000)

/** A document given as HTML in which every counted link becomes one of ours. */
async function tracked(html: string) {
  const clean = sanitiseDocumentHtml(html)
  const document = mailDocumentOf({ en: { subject: 'x', preheader: '', html: clean } })
  const compiled = await compileDraft({ kind: 'transactional', document }, 'en')
  const wrapped: string[] = []
  const wrap = (_: number, url: string) => {
    wrapped.push(url)
    return `https://o.example/t/c/${encodeURIComponent(url)}`
  }
  const mail = renderMail(compiled, {
    scope: {},
    tracking: {
      openUrl: () => 'https://o.example/t/o/1',
      trapUrl: () => 'https://o.example/t/c/trap',
      fixedUrl: wrap, personalUrl: wrap,
    },
  })
  return { clean, mail }
}
const anchors = (html: string) => scanHtml(html).filter(tag => !tag.closing && (tag.name === 'a' || tag.name === 'area')).flatMap(tag => tag.attributes.filter(attribute => attribute.name === 'href').slice(0, 1).map(attribute => attribute.value.trim()))

async function expectLinksKept(name: string, html: string): Promise<number> {
  const { clean, mail } = await tracked(html)
  const before = anchors(clean)
  const after = anchors(mail.html).filter(href => href !== 'https://o.example/t/c/trap')
  expect(after.length, name).toBe(before.length)
  for (const [index, href] of before.entries()) {
    const expected = /^https?:/i.test(href) ? `https://o.example/t/c/${encodeURIComponent(href)}` : href
    expect(after[index], name).toBe(expected)
  }
  expect(mail.html.match(/<img src="https:\/\/o\.example\/t\/o\/1"/g), name).toHaveLength(1)
  expect(scanHtml(mail.html).some(tag => tag.name === 'script' || tag.attributes.some(attribute => /^on[a-z]+$/.test(attribute.name))), name).toBe(false)
  expect(mail.text.length, name).toBeGreaterThan(0)
  return before.filter(href => /^https?:/i.test(href)).length
}

/** Foreign template languages stand in some of them; to us that is a Liquid error, told in words elsewhere. */
const hasOtherTags = (html: string) => html.includes('{{') || html.includes('{%')

test('rewriting links loses none and changes no other, in the test pages of caniemail', corpus('html-support-caniemail/test-pages', async folder => {
  let links = 0
  const files = readdirSync(folder).filter(file => file.endsWith('.html'))
  for (const file of files) {
    const html = readFileSync(path.join(folder, file), 'utf8')
    if (!hasOtherTags(html)) links += await expectLinksKept(file, html)
  }
  console.log(`caniemail: ${files.length} pages, ${links} links`)
}), 60_000)

test('… in Mailchimp blueprints', corpus('templates-mailchimp-blueprints', async folder => {
  let links = 0
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.html'))
  for (const file of files) links += await expectLinksKept(file, readFileSync(path.join(folder, file), 'utf8'))
  console.log(`Mailchimp blueprints: ${files.length} templates, ${links} links`)
}), 60_000)

test('… in newsletters of 2001 to 2003, broken HTML included', corpus('mails-spamassassin-newsletters', async folder => {
  let mails = 0
  let links = 0
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.eml'))) {
    const { html } = await simpleParser(readFileSync(path.join(folder, file)), { skipTextToHtml: true, skipHtmlToText: true })
    if (!html || hasOtherTags(html)) continue
    mails++
    links += await expectLinksKept(file, html)
  }
  console.log(`newsletters: ${mails} with HTML, ${links} links`)
  expect(links).toBeGreaterThan(0)
}), 120_000)

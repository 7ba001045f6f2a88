import type { FaultCode } from '../../shared/mail-checks.ts'
import type { CompiledMail, Hole } from './compile-template.ts'
import { findGaps, isEmpty, isWholeAddress, readPath } from './find-problems.ts'
import type { MailData } from './mail-data.sql.ts'
import type { RenderedHoles } from './render-mail.ts'

/** Something amiss in the mail of one person. `what`: the field, link or block as it stands in the mail; `words`: what stands there instead. */
export type Fault = { code: FaultCode, what: string, words: string }

/** Gmail shows no more of a mail's HTML than this. */
export const clippedAt = 102 * 1024
const longSubject = 120
/** Fewer letters than this are no mail. */
const fewestLetters = 10
/** A text part longer than this is not looked into for being empty. */
const surelyFull = 1200

/** What is the same for all mails of a version in one language: found once. */
type Plan = {
  fallbacks: { path: string, words: string }[]
  subjectPaths: string[]
  bytes: number
  textLength: number
  hasImage: boolean
  /** holes of the HTML by their place: the loops and choices that should give something */
  blocks: { index: number, what: string }[]
  /** holes with what a person's card gives, with their source */
  values: { index: number, what: string }[]
}
const plans = new WeakMap<CompiledMail, Plan>()

const fieldOfPiece = /^\{\{-?\s*((?:contact|company|coupon|context|event)(?:\.\w+)+)\s*\|/
const fallbackOfPiece = /\|\s*default\s*:\s*(?:"([^"]*)"|'([^']*)')/

function planOf(compiled: CompiledMail): Plan {
  let plan = plans.get(compiled)
  if (plan) return plan
  const fallbacks = new Map<string, { path: string, words: string }>()
  for (const piece of compiled.pieces) {
    const path = fieldOfPiece.exec(piece)?.[1]
    const words = fallbackOfPiece.exec(piece)
    if (path && words) fallbacks.set(`${path} ${words[1] ?? words[2]}`, { path, words: words[1] ?? words[2] ?? '' })
  }
  const sources = compiled.html.holes.map((hole, index) => ({ index, what: sourceOfHole(hole) }))
  plan = {
    fallbacks: [...fallbacks.values()],
    subjectPaths: [...new Set(compiled.subject.holes.flatMap(hole => /^\{\{-?\s*([a-z_]\w*(?:\.\w+)+)/i.exec(sourceOfHole(hole))?.[1] ?? []))],
    bytes: compiled.html.constants.reduce((sum, constant) => sum + Buffer.byteLength(constant), 0),
    textLength: compiled.text.constants.reduce((sum, constant) => sum + constant.length, 0),
    hasImage: compiled.html.constants.some(constant => /<img\b/i.test(constant)),
    blocks: sources.filter(({ index }) => shouldGiveSomething(compiled.html.holes[index]!)),
    values: sources.filter(({ index, what }) => what.startsWith('{') && compiled.html.holes[index]!.kind !== 'link'),
  }
  plans.set(compiled, plan)
  return plan
}

/** The Liquid a hole is filled by, as its author wrote it; empty for links and our own marks. */
export function sourceOfHole(hole: Hole): string {
  return hole.kind === 'liquid' || hole.kind === 'value' ? hole.template.token.getText() : ''
}

/** A loop, or a choice between several texts. A single `if` may well give nothing: that is what it is for. */
function shouldGiveSomething(hole: Hole): boolean {
  if (hole.kind !== 'liquid') return false
  const { template } = hole
  const name = /^\{%-?\s*(\w+)/.exec(template.token.getText())?.[1]
  if (name === 'for' || name === 'tablerow' || name === 'case') return true
  return name === 'if' && 'branches' in template && Array.isArray(template.branches) && template.branches.length > 1
}

/** What is wrong in one mail that has been rendered. Costs little more than reading it once. */
export function findFaults(compiled: CompiledMail, data: MailData, holes: RenderedHoles, locales: readonly string[]): Fault[] {
  const plan = planOf(compiled)
  const faults: Fault[] = []
  const add = (code: FaultCode, what = '', words = '') => {
    if (!faults.some(fault => fault.code === code && fault.what === what && fault.words === words)) faults.push({ code, what: what.slice(0, 300), words: words.slice(0, 200) })
  }
  for (const path of findGaps(compiled, data.scope)) add('missing_field', path)
  for (const { path, words } of plan.fallbacks) if (isEmpty(readPath(data.scope, path))) add('fallback_used', path, words)
  findInSubject(plan, data, holes.subject, add)
  findInName(data.to_name, add)
  findInLinks(compiled, holes, add)
  for (const [index, source] of compiled.products.entries()) {
    const list = readPath(data.scope, `products.p${index}`)
    if (Array.isArray(list) && list.length === 0) add('empty_list', Object.keys(source)[0])
  }
  for (const { index, what } of plan.blocks) if (!/\bproducts\./.test(what) && (holes.html[index] ?? '').trim() === '') add('empty_block', what)
  for (const { index, what } of plan.values) if (leftOver.test(holes.html[index] ?? '')) add('odd_value', what)
  if (isNearlyEmpty(compiled, plan, data, holes)) add('empty_mail')
  if (plan.bytes + holes.html.reduce((sum, value) => sum + Buffer.byteLength(value), 0) > clippedAt) add('clipped')
  const language = languageOf(data.scope)
  if (language !== null && !locales.includes(language)) add('no_language', language)
  return faults
}

/** Marks of Liquid and of other mailing programs, and what programs write for nothing. */
const leftOver = /\{\{|\{%|\*\|\w|\[object Object\]|\b(?:undefined|NaN|NULL)\b/

type Add = (code: FaultCode, what?: string, words?: string) => void

function findInSubject(plan: Plan, data: MailData, subject: string, add: Add): void {
  if (subject === '') add('empty_subject')
  else if (subject.length > longSubject) add('long_subject')
  for (const path of plan.subjectPaths) {
    const value = readPath(data.scope, path)
    if (typeof value === 'string' && lineBreaks.test(value)) add('subject_breaks', path)
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const lineBreaks = /[\x00-\x1f\x7f\u0085\u2028\u2029]/
const noName = /^(?:null|undefined|none|nan|n\/?a|no ?name|test(?:er|ing)?|тест(?:овый|овая|ов)?|имя|фамилия|name|first ?name|last ?name|unknown|неизвестно|anonymous|аноним|[-.?*x]+|asdf\w*|qwerty\w*|йцукен\w*)$/i

/** The name that would stand in the To field. */
function findInName(name: string, add: Add): void {
  if (name === '') return
  if (lineBreaks.test(name)) add('name_breaks')
  if (/\{\{|\{%|\*\||\[\[|\$\{/.test(name)) add('name_placeholder')
  else if (/\S@\S/.test(name)) add('name_email')
  else if (name.split(/\s+/).some(part => noName.test(part))) add('name_test')
  else if (!/\p{L}/u.test(name)) add('name_no_letters')
  else if (name === name.toUpperCase() && name !== name.toLowerCase() && (name.match(/\p{L}/gu)?.length ?? 0) >= 4) add('name_capitals')
}

function findInLinks(compiled: CompiledMail, holes: RenderedHoles, add: Add): void {
  for (const { number, url } of holes.links) {
    const link = compiled.links[number - 1]
    // One address for everybody is looked at with the document itself.
    if (link?.kind !== 'personal') continue
    const address = url.trim()
    if (address === '' || address === '#') add('link_empty', link.source)
    else if (/\{\{|\{%|%7B%7B|%7B%25|\*\||%5Bobject/i.test(address)) add('link_placeholder', link.source)
    else if (!isWholeAddress(address)) add('link_relative', link.source, address)
  }
}

/** Without its footer and its addresses there is hardly a word in it, and no picture. */
function isNearlyEmpty(compiled: CompiledMail, plan: Plan, data: MailData, holes: RenderedHoles): boolean {
  if (plan.hasImage || plan.textLength > surelyFull || holes.html.some(value => value.includes('<img') && !value.includes('width="1"'))) return false
  let text = compiled.text.constants[0]!
  for (let index = 0; index < holes.text.length; index++) text += holes.text[index]! + compiled.text.constants[index + 1]!
  const own = [data.company.name, ...data.company.postal_address.split(/\r?\n/)].map(line => line.trim())
  const visible = text.split('\n').filter(line => !own.includes(line.trim()) && !line.includes(data.unsubscribe_url) && !line.includes(data.preferences_url)).join(' ').replace(/\[?https?:\/\/[^\s\]]+\]?/g, '')
  return (visible.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < fewestLetters
}

function languageOf(scope: Record<string, unknown>): string | null {
  const locale = readPath(scope, 'contact.locale')
  return typeof locale === 'string' && locale !== '' ? locale.toLowerCase().split(/[-_]/)[0]!.slice(0, 8) : null
}

import { Context, type Template } from 'liquidjs'
import { type CompiledLink, type CompiledMail, type Layout, linkEngine, linkWriters, safeAddress } from './compile-template.ts'
import { escapeHtml, liquidEngine } from './liquid.ts'

/** How links of one message are made countable. Absent in previews and test mails: links stay as they are. */
export type MailTracking = {
  /** address of the open pixel */
  openUrl: () => string
  /** address that counts a click on link `number` and leads to `url`, which is the same in every mail of the version */
  fixedUrl: (number: number, url: string) => string
  /** the same for a `url` of this mail alone */
  personalUrl: (number: number, url: string) => string
  /** address no person sees; who follows it is a machine */
  trapUrl: (url: string) => string
}
export type RenderData = { scope: Record<string, unknown>, tracking: MailTracking | null }
export type RenderedLink = { number: number, url: string }
export type RenderedMail = { subject: string, html: string, text: string, links: RenderedLink[] }
/** The values of the holes of `compiled.html` and `compiled.text`, in order; the constants around them are the compiled mail's. */
export type RenderedHoles = { subject: string, html: string[], text: string[], links: RenderedLink[] }

/** Fills a compiled mail for one person. Throws Liquid's error when a limit (time, memory) is passed. */
export function renderMail(compiled: CompiledMail, data: RenderData): RenderedMail {
  const holes = renderHoles(compiled, data)
  return {
    subject: holes.subject,
    html: join(compiled.html, holes.html),
    text: join(compiled.text, holes.text).replace(/\n{3,}/g, '\n\n'),
    links: holes.links,
  }
}

/** As renderMail, for senders that have the constant parts encoded already. */
export function renderHoles(compiled: CompiledMail, data: RenderData): RenderedHoles {
  const links: RenderedLink[] = []
  const urls: (string | undefined)[] = []

  const addressOf = (context: Context, number: number): string => {
    const link = compiled.links[number - 1]
    if (!link) return '#'
    // A fixed address is the same wherever it stands, so it is signed once a message.
    const known = urls[number]
    if (known !== undefined) return known
    const url = link.kind === 'fixed' ? link.url : renderAddress(compiled, link, context)
    const address = data.tracking && /^https?:\/\//i.test(url) ? data.tracking[link.kind === 'fixed' ? 'fixedUrl' : 'personalUrl'](number, url) : url
    links.push({ number, url })
    if (link.kind === 'fixed') urls[number] = address
    return address
  }
  const endOfBody = () => {
    if (!data.tracking) return ''
    const first = compiled.links.find(link => link.kind === 'fixed')
    const trap = first ? `<a href="${escapeHtml(data.tracking.trapUrl(first.url))}" style="display:none" tabindex="-1" aria-hidden="true"></a>` : ''
    return `${trap}<img src="${escapeHtml(data.tracking.openUrl())}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">`
  }
  const fill = (layout: Layout, mode: 'html' | 'text'): string[] => {
    if (layout.holes.length === 0) return []
    const engine = linkEngine(mode, compiled.locale)
    const context = new Context(data.scope, engine.options, { sync: true })
    const write = mode === 'html' ? (number: number) => escapeHtml(addressOf(context, number)) : (number: number) => addressOf(context, number)
    linkWriters.set(context, what => what === 'end' ? (mode === 'html' ? endOfBody() : '') : write(what))
    return layout.holes.map(hole => {
      if (hole.kind === 'link') return write(hole.number)
      if (hole.kind === 'end_of_body') return mode === 'html' ? endOfBody() : ''
      if (hole.kind === 'value') {
        const value = readPlain(data.scope, hole.path)
        if (typeof value === 'string' || value === null || value === undefined) return mode === 'html' ? escapeHtml(value || hole.fallback) : value || hole.fallback
        if (typeof value === 'number') return String(value)
      }
      return renderOne(engine, hole.template, context)
    })
  }
  const html = fill(compiled.html, 'html')
  const text = fill(compiled.text, 'text')
  const subject = join(compiled.subject, fill(compiled.subject, 'text')).replace(/\s+/g, ' ').trim()
  return { subject, html, text, links: uniqueLinks(links) }
}

function renderOne(engine: ReturnType<typeof linkEngine>, template: Template, context: Context): string {
  return String(engine.renderSync([template], context))
}

/** Own properties only, as Liquid is told to. */
function readPlain(scope: unknown, path: string[]): unknown {
  let value = scope
  for (const part of path) {
    if (value === null || value === undefined) return undefined
    if (typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

function renderAddress(compiled: CompiledMail, link: Extract<CompiledLink, { kind: 'personal' }>, context: Context): string {
  const start = link.start.length > 0 ? String(liquidEngine('text', compiled.locale).renderSync(link.start, context)).trim() : ''
  const rest = link.rest.length > 0 ? String(liquidEngine('url', compiled.locale).renderSync(link.rest, context)).trim() : ''
  return safeAddress(start + rest)
}

function uniqueLinks(links: RenderedLink[]): RenderedLink[] {
  const seen = new Set<string>()
  return links.filter(link => {
    const key = `${link.number} ${link.url}`
    return !seen.has(key) && seen.add(key)
  })
}

function join(layout: Layout, values: string[]): string {
  let result = layout.constants[0]!
  for (let index = 0; index < values.length; index++) result += values[index]! + layout.constants[index + 1]!
  return result
}

import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** What keeps a logo from being shown: SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman) and what mailbox providers ask beside it. */
export type LogoProblem = 'not_svg' | 'document_type' | 'no_version' | 'no_profile' | 'no_title' | 'not_square' | 'position' | 'scripts' | 'animations' | 'elements' | 'outside' | 'too_large'
export type Logo = { problems: LogoProblem[], /** elements that may not be in it */ elements: string[] }

/** The draft asks for at most 32 kilobytes. */
export const largestLogo = 32 * 1024
const mostElements = 20_000

/** SVG Tiny 1.2 without what moves, plays, runs or is loaded. */
const allowed = new Set(['svg', 'title', 'desc', 'metadata', 'g', 'defs', 'use', 'path', 'rect', 'circle', 'line', 'ellipse', 'polyline', 'polygon', 'lineargradient', 'radialgradient', 'stop', 'solidcolor', 'text', 'textarea', 'tspan', 'tbreak', 'switch'])
const moving = new Set(['animate', 'set', 'animatemotion', 'animatecolor', 'animatetransform', 'mpath', 'discard'])

type Node = Record<string, unknown>
const attributesKey = ':@'
const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false, parseTagValue: false, processEntities: false, maxNestedTags: 200 })

/** Reads a logo as somebody else's server gave it; never throws. */
export function readLogo(svg: string): Logo {
  // With a document type come entities that expand without end or name files.
  if (/<!(DOCTYPE|ENTITY)/i.test(svg)) return { problems: ['document_type'], elements: [] }
  const root = rootOf(svg)
  if (root === null) return { problems: ['not_svg'], elements: [] }
  const attributes = attributesOf(root)
  const problems = new Set<LogoProblem>()
  if (attributes['version'] !== '1.2') problems.add('no_version')
  if (attributes['baseProfile']?.toLowerCase() !== 'tiny-ps') problems.add('no_profile')
  if (attributes['x'] !== undefined || attributes['y'] !== undefined) problems.add('position')
  if (!isSquare(attributes)) problems.add('not_square')
  const children = root['svg'] as Node[]
  const title = children.find(child => 'title' in child)
  if (title === undefined || textOf(title['title'] as Node[]) === '') problems.add('no_title')
  if (Buffer.byteLength(svg) > largestLogo) problems.add('too_large')
  const elements = new Set<string>()
  const left = [root]
  for (let seen = 0; left.length > 0; seen++) {
    if (seen > mostElements) return { problems: ['not_svg'], elements: [] }
    const node = left.pop()!
    const name = nameOf(node)
    if (name === undefined) continue
    const lower = withoutPrefix(name).toLowerCase()
    if (lower === 'script') problems.add('scripts')
    else if (moving.has(lower)) problems.add('animations')
    else if (!allowed.has(lower)) {
      problems.add('elements')
      elements.add(name.slice(0, 40))
    }
    for (const [attribute, value] of Object.entries(attributesOf(node))) {
      if (/^on/i.test(attribute)) problems.add('scripts')
      if (withoutPrefix(attribute) === 'href' && !value.trim().startsWith('#')) problems.add(/^\s*javascript:/i.test(value) ? 'scripts' : 'outside')
      if (/url\(\s*['"]?\s*[^#\s'"]/i.test(value)) problems.add('outside')
    }
    left.push(...(node[name] as Node[]))
  }
  return { problems: [...problems], elements: [...elements].slice(0, 10) }
}

function rootOf(svg: string): Node | null {
  try {
    if (XMLValidator.validate(svg) !== true) return null
    const nodes = (parser.parse(svg) as Node[]).filter(node => Array.isArray(node['svg']))
    const [root] = nodes
    return nodes.length === 1 && attributesOf(root!)['xmlns'] === 'http://www.w3.org/2000/svg' ? root! : null
  } catch {
    return null
  }
}

const attributesOf = (node: Node): Record<string, string> => (node[attributesKey] ?? {}) as Record<string, string>
/** Of an element; texts, comments and instructions have none. */
const nameOf = (node: Node): string | undefined => Object.keys(node).find(key => key !== attributesKey && !key.startsWith('?') && key !== '#text' && Array.isArray(node[key]))
const withoutPrefix = (name: string): string => name.slice(name.indexOf(':') + 1)
const textOf = (nodes: Node[]): string => nodes.map(node => String(node['#text'] ?? '')).join('').trim()

function isSquare(attributes: Record<string, string>): boolean {
  const box = (attributes['viewBox'] ?? '').trim().split(/[\s,]+/).map(Number)
  if (box.length === 4 && box.every(Number.isFinite)) return box[2]! > 0 && box[2] === box[3]
  const [width, height] = [Number.parseFloat(attributes['width'] ?? ''), Number.parseFloat(attributes['height'] ?? '')]
  return width > 0 && width === height
}

/**
 * Formulas of custom fields: `if({price} > 1000, {price} * 0.9, {price})`. A small language of its own: numbers, texts,
 * days and yes or no; nothing in it can loop, look outside or take long.
 *
 * or, and, not · = <> < <= > >= · & (texts joined) · + - · * / · {field}, "text", 1.5, true, false, function(…)
 */
export type FormulaType = 'number' | 'text' | 'date' | 'boolean'
export type FormulaValue = number | string | boolean | null

export class FormulaError extends Error {
  /** of the character, from 1 */
  readonly position: number
  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

type Node = { at: number, type: FormulaType } & (
  | { kind: 'value', value: FormulaValue }
  | { kind: 'field', name: string }
  | { kind: 'call', name: string, args: Node[] }
)
export type Formula = { root: Node, type: FormulaType, fields: string[] }

type Token = { at: number, kind: 'number' | 'text' | 'field' | 'word' | 'sign' | 'end', text: string }
const longest = 2000
const deepest = 50

function tokens(source: string): Token[] {
  const found: Token[] = []
  const pattern = /\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|\{([^{}]*)\}|([a-z_]+)|(<>|<=|>=|[-+*/&=<>(),]))/giy
  let at = 0
  while (source.slice(at).trim() !== '') {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    const start = at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0)
    if (match === null) throw new FormulaError(start + 1, `"${source[start]}" is not expected here`)
    const [, number, text, field, word, sign] = match
    const token = number !== undefined ? ['number', number] : text !== undefined ? ['text', text.replaceAll(/\\(.)/g, '$1')] : field !== undefined ? ['field', field.trim()] : word !== undefined ? ['word', word.toLowerCase()] : ['sign', sign!]
    found.push({ at: start + 1, kind: token[0] as Token['kind'], text: token[1]! })
    at = pattern.lastIndex
  }
  return [...found, { at: source.length + 1, kind: 'end', text: '' }]
}

/** What functions take and give. `same`: all of these are of one type, which is also what comes out. */
const functions: Record<string, { takes: (FormulaType | 'any' | 'same')[], least?: number, more?: true, gives: FormulaType | 'same' }> = {
  if: { takes: ['boolean', 'same', 'same'], gives: 'same' },
  default: { takes: ['same', 'same'], gives: 'same' },
  empty: { takes: ['any'], gives: 'boolean' },
  round: { takes: ['number', 'number'], least: 1, gives: 'number' },
  abs: { takes: ['number'], gives: 'number' },
  floor: { takes: ['number'], gives: 'number' },
  ceil: { takes: ['number'], gives: 'number' },
  min: { takes: ['number', 'number'], more: true, gives: 'number' },
  max: { takes: ['number', 'number'], more: true, gives: 'number' },
  length: { takes: ['text'], gives: 'number' },
  lower: { takes: ['text'], gives: 'text' },
  upper: { takes: ['text'], gives: 'text' },
  left: { takes: ['text', 'number'], gives: 'text' },
  contains: { takes: ['text', 'text'], gives: 'boolean' },
  year: { takes: ['date'], gives: 'number' },
  month: { takes: ['date'], gives: 'number' },
  day: { takes: ['date'], gives: 'number' },
  days_between: { takes: ['date', 'date'], gives: 'number' },
  add_days: { takes: ['date', 'number'], gives: 'date' },
}

/** Binary signs, the weakest first. */
const levels: string[][] = [['or'], ['and'], ['=', '<>', '<', '<=', '>', '>='], ['&'], ['+', '-'], ['*', '/']]

/** Throws FormulaError with the place. `fields`: the type of every field that may be named. */
export function parseFormula(source: string, fields: ReadonlyMap<string, FormulaType>): Formula {
  if (source.length > longest) throw new FormulaError(longest, `at most ${longest} characters`)
  const list = tokens(source)
  const named = new Set<string>()
  let next = 0
  let depth = 0
  const peek = (): Token => list[next]!
  const is = (text: string): boolean => (peek().kind === 'sign' || peek().kind === 'word') && peek().text === text
  const expect = (text: string): void => {
    if (!is(text)) throw new FormulaError(peek().at, `"${text}" is expected here`)
    next++
  }
  const typed = (node: Node, type: FormulaType): void => {
    if (node.type !== type) throw new FormulaError(node.at, `a ${type} is expected here, this is a ${node.type}`)
  }

  function binary(level: number): Node {
    if (level === levels.length) return unary()
    let left = binary(level + 1)
    while (levels[level]!.some(is)) {
      const sign = list[next++]!
      left = joined(sign, left, binary(level + 1))
    }
    return left
  }

  function joined(sign: Token, left: Node, right: Node): Node {
    const of = (type: FormulaType): Node => ({ at: sign.at, kind: 'call', name: sign.text, args: [left, right], type })
    switch (sign.text) {
      case 'or': case 'and': typed(left, 'boolean'); typed(right, 'boolean'); return of('boolean')
      case '&': return of('text')
      case '=': case '<>': case '<': case '<=': case '>': case '>=': typed(right, left.type); return of('boolean')
      default: typed(left, 'number'); typed(right, 'number'); return of('number')
    }
  }

  function unary(): Node {
    if (++depth > deepest) throw new FormulaError(peek().at, 'is nested too deeply')
    const token = peek()
    let node: Node
    if (is('-')) {
      next++
      const operand = unary()
      typed(operand, 'number')
      node = { at: token.at, kind: 'call', name: 'negative', args: [operand], type: 'number' }
    } else if (is('not')) {
      next++
      const operand = binary(levels.findIndex(level => level.includes('=')))
      typed(operand, 'boolean')
      node = { at: token.at, kind: 'call', name: 'not', args: [operand], type: 'boolean' }
    } else node = operand()
    depth--
    return node
  }

  function operand(): Node {
    const token = list[next++]!
    switch (token.kind) {
      case 'number': return { at: token.at, kind: 'value', value: Number(token.text), type: 'number' }
      case 'text': return { at: token.at, kind: 'value', value: token.text, type: 'text' }
      case 'field': {
        const type = fields.get(token.text)
        if (type === undefined) throw new FormulaError(token.at, `there is no field {${token.text.slice(0, 60)}}`)
        named.add(token.text)
        return { at: token.at, kind: 'field', name: token.text, type }
      }
      case 'word': return token.text === 'true' || token.text === 'false' ? { at: token.at, kind: 'value', value: token.text === 'true', type: 'boolean' } : call(token)
      case 'end': throw new FormulaError(token.at, 'something is missing here')
      default: {
        if (token.text !== '(') throw new FormulaError(token.at, `"${token.text}" is not expected here`)
        const inside = binary(0)
        expect(')')
        return inside
      }
    }
  }

  function call(token: Token): Node {
    if (!Object.hasOwn(functions, token.text)) throw new FormulaError(token.at, `there is no function ${token.text.slice(0, 60)}`)
    const { takes, least = takes.length, more, gives } = functions[token.text]!
    expect('(')
    const args: Node[] = []
    while (!is(')')) {
      if (args.length > 0) expect(',')
      args.push(binary(0))
    }
    expect(')')
    if (args.length < least || (args.length > takes.length && !more)) throw new FormulaError(token.at, `${token.text} takes ${least === takes.length ? least : `${least} to ${takes.length}`} values`)
    let same: FormulaType | undefined
    for (const [index, arg] of args.entries()) {
      const wanted = takes[Math.min(index, takes.length - 1)]!
      if (wanted === 'same') typed(arg, same ??= arg.type)
      else if (wanted !== 'any') typed(arg, wanted)
    }
    return { at: token.at, kind: 'call', name: token.text, args, type: gives === 'same' ? same! : gives }
  }

  const root = binary(0)
  if (peek().kind !== 'end') throw new FormulaError(peek().at, `"${peek().text.slice(0, 30)}" is not expected here`)
  return { root, type: root.type, fields: [...named] }
}

/** The value, or why there is none although everything is filled in. Never throws. */
export type Computed = { value: FormulaValue, reason?: 'division_by_zero' | 'too_large' }

export function computeFormula(formula: Formula, read: (name: string) => FormulaValue): Computed {
  let reason: Computed['reason']
  const value = valueOf(formula.root)
  return value === null && reason !== undefined ? { value, reason } : { value: typeof value === 'string' ? value.slice(0, 10_000).toWellFormed() || null : value }

  function valueOf(node: Node): FormulaValue {
    if (node.kind === 'value') return node.value
    if (node.kind === 'field') return read(node.name)
    const { name, args } = node
    // Not all of what they take is needed.
    if (name === 'if') return valueOf(args[0]!) === true ? valueOf(args[1]!) : valueOf(args[2]!)
    if (name === 'default') return valueOf(args[0]!) ?? valueOf(args[1]!)
    if (name === 'empty') return valueOf(args[0]!) === null
    if (name === 'and') return valueOf(args[0]!) === true && valueOf(args[1]!) === true
    if (name === 'or') return valueOf(args[0]!) === true || valueOf(args[1]!) === true
    if (name === 'not') return valueOf(args[0]!) !== true
    if (name === '&') return args.map(arg => valueOf(arg) ?? '').join('')
    const values = args.map(valueOf)
    return values.includes(null) ? null : applied(name, values as (number | string | boolean)[])
  }

  function applied(name: string, values: (number | string | boolean)[]): FormulaValue {
    const [a, b] = values
    switch (name) {
      case '=': return a === b
      case '<>': return a !== b
      case '<': return a! < b!
      case '<=': return a! <= b!
      case '>': return a! > b!
      case '>=': return a! >= b!
      case 'length': return String(a).length
      case 'lower': return String(a).toLowerCase()
      case 'upper': return String(a).toUpperCase()
      case 'left': return [...String(a)].slice(0, Math.max(0, Number(b))).join('')
      case 'contains': return String(a).toLowerCase().includes(String(b).toLowerCase())
      case 'year': return Number(String(a).slice(0, 4))
      case 'month': return Number(String(a).slice(5, 7))
      case 'day': return Number(String(a).slice(8, 10))
      case 'days_between': return Math.round((Date.parse(String(b)) - Date.parse(String(a))) / 86_400_000)
      case 'add_days': return dayAfter(String(a), Number(b))
      default: return number(name, values.map(Number))
    }
  }

  function dayAfter(day: string, days: number): string | null {
    const time = new Date(Date.parse(day) + Math.trunc(days) * 86_400_000)
    if (!Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999) return time.toISOString().slice(0, 10)
    reason = 'too_large'
    return null
  }

  function number(name: string, values: number[]): number | null {
    const [a = 0, b = 0] = values
    if (name === '/' && b === 0) {
      reason = 'division_by_zero'
      return null
    }
    const result = name === '+' ? a + b : name === '-' ? a - b : name === '*' ? a * b : name === '/' ? a / b : name === 'negative' ? -a
      : name === 'abs' ? Math.abs(a) : name === 'floor' ? Math.floor(a) : name === 'ceil' ? Math.ceil(a)
        : name === 'min' ? Math.min(...values) : name === 'max' ? Math.max(...values) : rounded(a, Math.min(10, Math.max(0, Math.trunc(b))))
    if (Number.isFinite(result) && Math.abs(result) <= 1e15) return Object.is(result, -0) ? 0 : Number(result.toPrecision(15))
    reason = 'too_large'
    return null
  }
}

/** Half away from zero, as on paper: 1.005 to two digits is 1.01. */
function rounded(value: number, digits: number): number {
  const shifted = Number(`${Math.abs(value)}e${digits}`)
  return Number.isNaN(shifted) ? value : Math.sign(value) * Number(`${Math.round(shifted)}e-${digits}`)
}

/** Formulas in an order in which each stands after those it needs; or a way that comes back to where it began. */
export function orderFormulas<F extends { key: string, needs: string[] }>(formulas: F[]): { ordered: F[] } | { loop: string[] } {
  const byKey = new Map(formulas.map(formula => [formula.key, formula]))
  const done = new Set<string>()
  const ordered: F[] = []
  const visit = (key: string, way: string[]): string[] | undefined => {
    const formula = byKey.get(key)
    if (formula === undefined || done.has(key)) return undefined
    if (way.includes(key)) return [...way.slice(way.indexOf(key)), key]
    for (const need of formula.needs) {
      const loop = visit(need, [...way, key])
      if (loop) return loop
    }
    done.add(key)
    ordered.push(formula)
    return undefined
  }
  for (const { key } of formulas) {
    const loop = visit(key, [])
    if (loop) return { loop }
  }
  return { ordered }
}

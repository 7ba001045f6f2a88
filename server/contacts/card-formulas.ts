import type { CustomField, CustomFieldKind, FieldValue } from '../../shared/contacts.ts'
import { computeFormula, FormulaError, orderFormulas, parseFormula } from './formulas.ts'
import type { Formula, FormulaType, FormulaValue } from './formulas.ts'

type Definition = Pick<CustomField, 'key' | 'kind' | 'formula'>

/** Fields of the card a formula may name. Not the company: renamed, it changes the cards of all its people without saving them. */
const cardTexts = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'job_title', 'locale', 'time_zone', 'city', 'source'] as const
type CardText = typeof cardTexts[number]
const typeOf: Partial<Record<CustomFieldKind, FormulaType>> = {
  number: 'number', money: 'number', text: 'text', long_text: 'text', choice: 'text', link: 'text', email: 'text', phone: 'text', date: 'date', boolean: 'boolean',
}
const computable = new Set<CustomFieldKind>(['number', 'money', 'text', 'date', 'boolean'])

/** Names as formulas write them: `{city}`, `{fields.size}`, and `{size}` where the card has no field of that name. */
function typesByName(fields: Definition[]): Map<string, FormulaType> {
  const own = fields.flatMap(({ key, kind }) => typeOf[kind] === undefined ? [] : [[key, typeOf[kind]] as const])
  return new Map([...own, ...own.map(([key, type]) => [`fields.${key}`, type] as const), ...cardTexts.map(name => [name, 'text'] as const)])
}

/** The key of the custom field a name in a formula means; undefined: a field every card has. */
const keyOf = (name: string): string | undefined => name.startsWith('fields.') ? name.slice(7) : (cardTexts as readonly string[]).includes(name) ? undefined : name
const needsOf = (formula: Formula): string[] => [...new Set(formula.fields.flatMap(name => keyOf(name) ?? []))]

/** What is wrong with the formula of a field, among the fields there are besides it. `hidden`: what its author does not see cannot be read through it either. */
export function problemOfFormula(field: Definition & { formula: string }, others: Definition[], hidden: string[]): string | undefined {
  if (!computable.has(field.kind)) return 'values of this kind cannot be computed'
  const fields = [...others, field]
  const types = typesByName(fields)
  const seen = new Map([...types].filter(([name]) => !hidden.includes(keyOf(name) === undefined ? name : `fields.${keyOf(name)}`)))
  let formula: Formula
  try {
    formula = parseFormula(field.formula, seen)
    if (formula.type !== typeOf[field.kind]) return `at 1: a ${typeOf[field.kind]} is expected here, this is a ${formula.type}`
  } catch (error) {
    if (error instanceof FormulaError) return `at ${error.position}: ${error.message}`
    throw error
  }
  const found = orderFormulas(fields.flatMap(({ key, formula: source }) => source === null ? [] : { key, needs: needsOf(key === field.key ? formula : parseFormula(source, types)) }))
  return 'loop' in found ? `the formulas need each other: ${found.loop.join(' → ')}` : undefined
}

/** Computed fields that need this one. */
export function formulasOver(key: string, fields: Definition[]): string[] {
  const types = typesByName(fields)
  return fields.filter(field => field.formula !== null && needsOf(parseFormula(field.formula, types)).includes(key)).map(field => field.key)
}

/** Reads every formula once; then for each card: the values of all its computed fields, each after those it needs. */
export function cardComputer(fields: Definition[]): (values: Record<CardText, FieldValue>, own: Record<string, FieldValue>) => Record<string, FormulaValue> {
  const withFormula = fields.filter((field): field is Definition & { formula: string } => field.formula !== null)
  if (withFormula.length === 0) return () => ({})
  const types = typesByName(fields)
  const found = orderFormulas(withFormula.map(({ key, formula: source }) => {
    const formula = parseFormula(source, types)
    return { key, formula, needs: needsOf(formula) }
  }))
  if ('loop' in found) throw new Error(`formulas in a loop: ${found.loop.join(', ')}`)
  return (values, own) => {
    const computed: Record<string, FormulaValue> = {}
    const read = (name: string): FormulaValue => {
      const key = keyOf(name)
      const value = key === undefined ? values[name as CardText] : Object.hasOwn(computed, key) ? computed[key]! : own[key]
      return value === undefined || Array.isArray(value) ? null : value
    }
    for (const { key, formula } of found.ordered) computed[key] = computeFormula(formula, read).value
    return computed
  }
}

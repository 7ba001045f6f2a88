import { conditionFields } from '../../shared/conditions.ts'
import type { Condition, ConditionFieldKind, ConditionLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'

/** What the builder does to the tree of a condition: plain functions on plain data. */
export type GroupMode = 'all' | 'any' | 'none' | 'not_all'
export const groupModes: GroupMode[] = ['all', 'any', 'none', 'not_all']
export type Group = { mode: GroupMode, parts: Condition[] }

export function readGroup(condition: Condition): Group | null {
  if ('all' in condition) return { mode: 'all', parts: condition.all }
  if ('any' in condition) return { mode: 'any', parts: condition.any }
  if ('not' in condition && 'any' in condition.not) return { mode: 'none', parts: condition.not.any }
  if ('not' in condition && 'all' in condition.not) return { mode: 'not_all', parts: condition.not.all }
  return null
}

export function writeGroup({ mode, parts }: Group): Condition {
  switch (mode) {
    case 'all': return { all: parts }
    case 'any': return { any: parts }
    case 'none': return { not: { any: parts } }
    case 'not_all': return { not: { all: parts } }
  }
}

/** Where a part of a group stands in the condition, as the server's errors and numbers name it. */
export function partPath(path: string, mode: GroupMode, index: number): string {
  const inside = mode === 'all' ? 'all' : mode === 'any' ? 'any' : mode === 'none' ? 'not.any' : 'not.all'
  return `${path}.${inside}[${index}]`
}

export function readLeaf(condition: Condition): { leaf: ConditionLeaf, negated: boolean } | null {
  if ('all' in condition || 'any' in condition) return null
  if (!('not' in condition)) return { leaf: condition, negated: false }
  const inner = condition.not
  return 'all' in inner || 'any' in inner || 'not' in inner ? null : { leaf: inner, negated: true }
}

/** The same meaning in the form the builder shows: two nots cancel out, and the whole is a group. */
export function asShown(condition: Condition): Condition {
  const plain = simplify(condition)
  return readGroup(plain) === null ? { all: [plain] } : plain
}

function simplify(condition: Condition): Condition {
  if ('all' in condition) return { all: condition.all.map(simplify) }
  if ('any' in condition) return { any: condition.any.map(simplify) }
  if (!('not' in condition)) return condition
  const inner = simplify(condition.not)
  return 'not' in inner ? inner.not : { not: inner }
}

export function fieldKindOf(name: string, vocabulary: Pick<ConditionVocabulary, 'custom_fields'>): ConditionFieldKind | undefined {
  if (Object.hasOwn(conditionFields, name)) return conditionFields[name as keyof typeof conditionFields]
  return vocabulary.custom_fields.find(field => `fields.${field.key}` === name)?.kind as ConditionFieldKind | undefined
}

export function countLeaves(condition: Condition): number {
  const group = readGroup(condition)
  return group === null ? 1 : group.parts.reduce((sum, part) => sum + countLeaves(part), 0)
}

// ── changes by place: the indexes of the parts from the outermost group inwards ──────────────────────
export type Place = readonly number[]

export function partAt(condition: Condition, place: Place): Condition | undefined {
  return place.reduce<Condition | undefined>((at, index) => at === undefined ? undefined : readGroup(at)?.parts[index], condition)
}

/** The parts of the group there, changed. */
function changeGroup(condition: Condition, place: Place, change: (parts: Condition[]) => Condition[]): Condition {
  const group = readGroup(condition)
  if (group === null) return condition
  const [index, ...inside] = place
  if (index === undefined) return writeGroup({ ...group, parts: change(group.parts) })
  return writeGroup({ ...group, parts: group.parts.map((part, at) => at === index ? changeGroup(part, inside, change) : part) })
}

export function replaceAt(condition: Condition, place: Place, part: Condition): Condition {
  return place.length === 0 ? part : changeGroup(condition, place.slice(0, -1), before => before.with(place.at(-1) ?? 0, part))
}

export function insertAt(condition: Condition, place: Place, ...parts: Condition[]): Condition {
  return changeGroup(condition, place.slice(0, -1), before => before.toSpliced(place.at(-1) ?? 0, 0, ...parts))
}

export function removeAt(condition: Condition, place: Place): Condition {
  return changeGroup(condition, place.slice(0, -1), before => before.toSpliced(place.at(-1) ?? 0, 1))
}

export const isInside = (place: Place, outer: Place): boolean => outer.length <= place.length && outer.every((index, at) => place[at] === index)

/** Takes the part from one place and puts it before what stands at another; nothing can be put inside itself. */
export function moveTo(condition: Condition, from: Place, to: Place): { condition: Condition, place: Place } | null {
  const part = partAt(condition, from)
  if (part === undefined || isInside(to, from)) return null
  // What stood behind the part in its group moves up by one, and so do the places inside.
  const level = from.length - 1
  const isBehind = to.length > level && isInside(to.slice(0, level), from.slice(0, level)) && (to[level] ?? 0) > (from[level] ?? 0)
  const place = isBehind ? to.with(level, (to[level] ?? 0) - 1) : to
  return { condition: insertAt(removeAt(condition, from), place, part), place }
}

export type Direction = 'up' | 'down' | 'out' | 'into'

/** One step with the keyboard: among its neighbours, out of its group (behind it), or to the end of the group above. */
export function moveBy(condition: Condition, place: Place, direction: Direction): { condition: Condition, place: Place } | null {
  const outer = place.slice(0, -1)
  const index = place.at(-1) ?? 0
  const size = readGroup(partAt(condition, outer) ?? condition)?.parts.length ?? 0
  switch (direction) {
    case 'up': return index === 0 ? null : moveTo(condition, place, [...outer, index - 1])
    case 'down': return index >= size - 1 ? null : moveTo(condition, place, [...outer, index + 2])
    case 'out': return outer.length === 0 ? null : moveTo(condition, place, outer.with(-1, (outer.at(-1) ?? 0) + 1))
    case 'into': {
      const above = index === 0 ? undefined : partAt(condition, [...outer, index - 1])
      const group = above === undefined ? null : readGroup(above)
      return group === null ? null : moveTo(condition, place, [...outer, index - 1, group.parts.length])
    }
  }
}

/** The parts of the group take its place in the group around. */
export function dissolve(condition: Condition, place: Place): Condition {
  const part = partAt(condition, place)
  const group = part === undefined ? null : readGroup(part)
  return group === null ? condition : insertAt(removeAt(condition, place), place, ...group.parts)
}

/** How many groups deep a part goes by itself; a line is 0. */
export function depthOf(condition: Condition): number {
  const group = readGroup(condition)
  return group === null ? 0 : 1 + Math.max(0, ...group.parts.map(depthOf))
}

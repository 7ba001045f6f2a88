import type { Condition } from './conditions.ts'

/**
 * How many people each part of a condition leaves or adds, from the truth of its leaves for everybody.
 *
 *  - In a group `all` (and `not any`) the parts are a funnel: the number beside a part is how many are left after it.
 *  - In a group `any` (and `not all`) it is how many the part adds to those the parts before it gave.
 *  - A group inside a group is about those who came to it: whom the parts before it left.
 */
export type StepCount = { path: string, count: number }
/** People who are alike in every leaf; leaves in the order they stand in the condition. */
export type AlikePeople = { truths: readonly boolean[], people: number }

type Group = { kind: 'group', narrows: boolean, negated: boolean, parts: Placed[] }
type Node = Group | { kind: 'leaf', leaf: number, negated: boolean }
type Placed = { place: number, path: string, node: Node }

export function countSteps(condition: Condition, alike: readonly AlikePeople[]): { count: number, steps: StepCount[] } {
  const paths: string[] = []
  const numbering = { leaves: 0, paths }
  const root = read(condition, 'condition', numbering)
  const counts = paths.map(() => 0)
  let count = 0
  for (const { truths, people } of alike) if (walk(root, truths, people, counts)) count += people
  return { count, steps: paths.map((path, place) => ({ path, count: counts[place] ?? 0 })) }
}

function read(condition: Condition, path: string, numbering: { leaves: number, paths: string[] }, negated = false): Node {
  if ('not' in condition) return read(condition.not, `${path}.not`, numbering, !negated)
  if (!('all' in condition) && !('any' in condition)) return { kind: 'leaf', leaf: numbering.leaves++, negated }
  const [inside, conditions] = 'all' in condition ? ['all', condition.all] as const : ['any', condition.any] as const
  const parts = conditions.map((part, index) => {
    const own = `${path}.${inside}[${index}]`
    numbering.paths.push(own)
    return { place: numbering.paths.length - 1, path: own, node: read(part, own, numbering) }
  })
  // "None of these" narrows by the opposite of each part, "not all of these" adds the opposite of each.
  return { kind: 'group', narrows: (inside === 'all') !== negated, negated, parts }
}

/** Whether the node is true of these people, of whom it is asked: only whom the parts before it left reaches a part. */
function walk(node: Node, truths: readonly boolean[], people: number, counts: number[]): boolean {
  if (node.kind === 'leaf') return (truths[node.leaf] ?? false) !== node.negated
  for (const part of node.parts) {
    const helps = walk(part.node, truths, people, counts) !== node.negated
    if (node.narrows && !helps) return false
    if (helps) counts[part.place] = (counts[part.place] ?? 0) + people
    if (!node.narrows && helps) return true
  }
  return node.narrows
}

/** The condition true of exactly the people the number at this place counts; nothing when there is no such place. */
export function conditionOfStep(condition: Condition, path: string): Condition | undefined {
  const parts = find(condition, 'condition', path, false)
  return parts === undefined ? undefined : { all: parts }
}

function find(condition: Condition, at: string, wanted: string, negated: boolean): Condition[] | undefined {
  if ('not' in condition) return find(condition.not, `${at}.not`, wanted, !negated)
  if (!('all' in condition) && !('any' in condition)) return undefined
  const [inside, conditions] = 'all' in condition ? ['all', condition.all] as const : ['any', condition.any] as const
  const narrows = (inside === 'all') !== negated
  const turned = (part: Condition, isTurned: boolean): Condition => !isTurned ? part : 'not' in part ? part.not : { not: part }
  for (const [index, part] of conditions.entries()) {
    const own = `${at}.${inside}[${index}]`
    const before = conditions.slice(0, index).map(one => turned(one, negated === narrows))
    if (own === wanted) return [...before, turned(part, negated)]
    const within = find(part, own, wanted, false)
    if (within !== undefined) return [...before, ...within]
  }
  return undefined
}

import { useMemo, useRef } from 'react'
import { Position } from '@xyflow/react'
import { useTranslation } from 'react-i18next'
import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import { countLeaves } from '../conditions/condition-tree.ts'
import type { CanvasNode, StepNode, Way } from './canvas-nodes.tsx'
import { problemsOf, selectedSteps, useEditor } from './editor.ts'
import { nodeSize, shareAt, widthOf } from './lay-out.ts'
import type { Layout, Point } from './lay-out.ts'
import { faceOf, problemWords } from './step-card.tsx'
import { placeId } from './ways.ts'
import type { Place } from './ways.ts'

export const triggerId = ' trigger'
export const goalId = (key: string) => ` goal ${key}`
export const noteId = (key: string) => ` note ${key}`
const openId = (place: Place) => ` open ${placeId(place)}`
const sourceId = (place: Place) => place.step ?? (place.outlet === 'next' ? triggerId : goalId(place.outlet.slice('goal:'.length)))

const handle = (id: string | null, type: 'source' | 'target', x: number, y: number) => ({ id, type, position: type === 'source' ? Position.Bottom : Position.Top, x: x - 4.5, y: y - 4.5, width: 9, height: 9 })

/** Sizes and handles are said beforehand: nothing has to be drawn to be measured, so what is out of sight is not drawn at all. */
function boxOf(width: number, height: number, outlets: string[], hasIn: boolean) {
  return {
    width, height, measured: { width, height },
    handles: [...hasIn ? [handle(null, 'target', width / 2, 0)] : [], ...outlets.map((name, index) => handle(name, 'source', width * shareAt(outlets.length, index), height))],
  }
}

/** What the canvas draws. An element that looks as before is the same object as before, so it is not drawn anew. */
export function useElements(layout: Layout, dragged: Record<string, Point>): { nodes: CanvasNode[], edges: Way[] } {
  const { t } = useTranslation('journeys')
  const { graph, selection, words, problems, report, dry, readOnly } = useEditor()
  const cache = useRef({ nodes: { byId: new Map<string, CanvasNode>(), list: [] as CanvasNode[] }, edges: { byId: new Map<string, Way>(), list: [] as Way[] } })

  // A step without numbers is less high: there is nothing to show in their row.
  const height = report === null && dry === null ? nodeSize.height - 20 : nodeSize.height
  const byStep = useMemo(() => {
    const found = new Map<string | null, JourneyProblem[]>()
    for (const problem of problems) found.set(problem.step, [...found.get(problem.step) ?? [], problem])
    return found
  }, [problems])
  const nodes = useMemo(() => {
    const chosen = new Set(selectedSteps(selection))
    const step = (key: string | null, position: Point): StepNode => {
      const value = key === null ? undefined : graph.steps[key]
      const outlets = key === null ? ['next'] : value ? outletsOf(value).map(outlet => outlet.name) : []
      const face = faceOf(graph, key, words, key === null ? triggerProblems(problems) : byStep.get(key) ?? [], t)
      return {
        id: key ?? triggerId, type: 'step', position: key === null ? position : dragged[key] ?? position, ...boxOf(widthOf(value), height, outlets, key !== null), zIndex: 2,
        draggable: key !== null && !readOnly, deletable: false, selected: key === null ? selection?.kind === 'trigger' : chosen.has(key), ariaLabel: `${face.title}: ${face.summary ?? t('not_chosen')}${face.problem === undefined ? '' : `. ${face.problem}`}`,
        data: { step: key, face, numbers: key === null || dry !== null ? undefined : report?.steps[key], dry: key === null ? undefined : dry?.faces.steps[key], outlets: outlets.join(' ') },
      }
    }
    const made: CanvasNode[] = [
      step(null, layout.trigger),
      ...Object.entries(layout.steps).flatMap(([key, position]) => graph.steps[key] ? [step(key, position)] : []),
      ...(graph.goals ?? []).map((goal, index): CanvasNode => {
        const own = problems.filter(problem => problem.step === null && (problem.field.startsWith(`goals[${index}]`) || problem.field.startsWith(`goals.${goal.key}`)))
        const missing = countLeaves(goal.condition) === 0
        return {
          id: goalId(goal.key), type: 'goal', position: layout.goals[goal.key] ?? layout.trigger, ...boxOf(nodeSize.width, height, ['next'], false), zIndex: 2, draggable: false, deletable: false, selected: selection?.kind === 'goal' && selection.key === goal.key,
          ariaLabel: `${t('goal')}: ${goal.name}`, data: { goal: goal.key, name: goal.name, words: missing ? t('not_chosen') : words.condition(goal.condition, graph), missing, problem: own.length === 0 ? undefined : own.map(problem => problemWords(t, problem)).join('\n') },
        }
      }),
      ...(graph.notes ?? []).map((note): CanvasNode => ({
        id: noteId(note.key), type: 'note', position: dragged[noteId(note.key)] ?? note.position, ...boxOf(200, 120, [], false), zIndex: 1, draggable: !readOnly, deletable: false, selected: selection?.kind === 'note' && selection.key === note.key,
        ariaLabel: `${t('sticky_note')}: ${note.text}`, data: { note: note.key, text: note.text, readOnly },
      })),
      ...layout.open.map(({ place, at }): CanvasNode => ({
        id: openId(place), type: 'open', position: { x: at.x, y: at.y - (nodeSize.height - height) }, ...boxOf(nodeSize.width, 26, [], true), zIndex: 1, draggable: false, selectable: false, deletable: false, focusable: false,
        data: { place, named: words.way(place, place.step === null ? undefined : graph.steps[place.step]) !== undefined },
      })),
    ]
    return reuse(made, cache.current.nodes)
  }, [layout, graph, selection, dragged, words, problems, byStep, report, dry, readOnly, height, t])

  const edges = useMemo(() => {
    const chosen = new Set(selectedSteps(selection))
    const way = (place: Place, target: string, to: string | null, back: boolean): Way => {
      const step = place.step === null ? undefined : graph.steps[place.step]
      return {
        id: placeId(place), type: 'way', source: sourceId(place), sourceHandle: place.step === null ? 'next' : place.outlet, target, reconnectable: readOnly || to === null ? false : 'target', deletable: false, focusable: false, selectable: false,
        data: { place, name: words.way(place, step), back, failed: place.outlet === 'next_failed', active: (place.step !== null && chosen.has(place.step)) || (to !== null && chosen.has(to)), jump: place.outlet.startsWith('goal:'), count: dry?.faces.ways[placeId(place)] },
      }
    }
    return reuse([...layout.edges.map(({ place, to, back }) => way(place, to, to, back)), ...layout.open.map(({ place }) => way(place, openId(place), null, false))], cache.current.edges)
  }, [layout, graph, selection, words, dry, readOnly])
  return { nodes, edges }
}

/** Problems of the start: those of a goal are shown on the goal. */
const triggerProblems = (problems: JourneyProblem[]): JourneyProblem[] => problemsOf(problems, null).filter(problem => !problem.field.startsWith('goals'))

type Drawn<Element> = { byId: Map<string, Element>, list: Element[] }

function reuse<Element extends { id: string }>(made: Element[], drawn: Drawn<Element>): Element[] {
  const kept = made.map((element) => {
    const before = drawn.byId.get(element.id)
    return before !== undefined && isSame(before, element, 3) ? before : element
  })
  if (kept.length === drawn.list.length && kept.every((element, index) => element === drawn.list[index])) return drawn.list
  drawn.byId = new Map(kept.map(element => [element.id, element]))
  drawn.list = kept
  return kept
}

/** Equal in all that is drawn; functions and components are the same from one drawing to the next. */
function isSame(one: unknown, other: unknown, depth: number): boolean {
  if (Object.is(one, other)) return true
  if (depth === 0 || typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every(key => isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], depth - 1))
}

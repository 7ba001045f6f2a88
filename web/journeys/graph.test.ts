import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outletsOf, reachableSteps } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { beginHistory, blankStep, connect, duplicateStep, insertStep, layOut, mailBefore, moveStep, nodeSize, outline, redo, remember, removeStep, start, targetOf, undo } from './graph.ts'
import type { Place, StepKind } from './graph.ts'

const empty: JourneyGraph = { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: null, steps: {} }
const build = (...kinds: StepKind[]) => {
  let graph = empty
  let place: Place = start
  for (const kind of kinds) {
    const inserted = insertStep(graph, place, blankStep(kind))
    graph = inserted.graph
    place = { step: inserted.key, outlet: outletsOf(graph.steps[inserted.key]!)[0]?.name ?? 'next' }
  }
  return graph
}
const keys = (graph: JourneyGraph) => outline(graph).flatMap(row => row.kind === 'step' ? row.key : [])

describe('inserting', () => {
  it('puts a step into a way and leads on to what came after', () => {
    const graph = build('mail', 'wait', 'mail')
    expect(keys(graph)).toEqual(['mail_1', 'wait_1', 'mail_2'])
    const between = insertStep(graph, { step: 'mail_1', outlet: 'next' }, blankStep('condition'))
    expect(targetOf(between.graph, { step: 'condition_1', outlet: 'next_yes' })).toBe('wait_1')
    expect(targetOf(between.graph, { step: 'condition_1', outlet: 'next_no' })).toBe(null)
  })

  it('an end drops what came after', () => {
    expect(Object.keys(insertStep(build('mail', 'wait', 'mail'), { step: 'mail_1', outlet: 'next' }, blankStep('end')).graph.steps)).toEqual(['mail_1', 'end_1'])
  })

  it('a wait for a reaction is about the mail before it', () => {
    const graph = build('mail', 'wait', 'wait_for_event')
    expect(graph.steps['wait_for_event_1']).toMatchObject({ mail_step: 'mail_1' })
    expect(mailBefore(graph, 'wait_1')).toBe('mail_1')
    expect(mailBefore(empty, null)).toBe(null)
  })
})

describe('removing', () => {
  it('closes the way', () => {
    expect(keys(removeStep(build('mail', 'wait', 'mail'), 'wait_1'))).toEqual(['mail_1', 'mail_2'])
    expect(removeStep(build('mail'), 'mail_1')).toEqual(empty)
  })

  it('of a condition keeps the branch that is asked for and drops the other', () => {
    let graph = build('condition', 'mail')
    graph = insertStep(graph, { step: 'condition_1', outlet: 'next_no' }, blankStep('wait')).graph
    expect(keys(removeStep(graph, 'condition_1', 'next_no'))).toEqual(['wait_1'])
    expect(keys(removeStep(graph, 'condition_1'))).toEqual(['mail_1'])
  })

  it('of a mail makes waits for its reaction wait for any mail', () => {
    expect(removeStep(build('mail', 'wait_for_event'), 'mail_1').steps['wait_for_event_1']).toMatchObject({ mail_step: null })
  })

  it('of a step that leads to itself ends the way', () => {
    const graph = connect(build('wait'), { step: 'wait_1', outlet: 'next' }, 'wait_1')
    expect(removeStep(graph, 'wait_1').first).toBe(null)
  })
})

describe('moving and copying', () => {
  it('moves a step to another way', () => {
    expect(keys(moveStep(build('mail', 'wait', 'add_tag'), 'add_tag_1', start))).toEqual(['add_tag_1', 'mail_1', 'wait_1'])
    expect(keys(moveStep(build('mail', 'wait', 'add_tag'), 'mail_1', { step: 'add_tag_1', outlet: 'next' }))).toEqual(['wait_1', 'add_tag_1', 'mail_1'])
  })

  it('copies a step right behind it', () => {
    expect(keys(duplicateStep(build('mail', 'wait'), 'mail_1').graph)).toEqual(['mail_1', 'mail_2', 'wait_1'])
  })
})

describe('the list', () => {
  it('lists branches below their condition and what they share after them', () => {
    let graph = build('condition', 'mail', 'end')
    graph = insertStep(graph, { step: 'condition_1', outlet: 'next_no' }, blankStep('wait')).graph
    graph = connect(graph, { step: 'wait_1', outlet: 'next' }, 'end_1')
    expect(outline(graph).map(row => row.kind === 'step' ? `${row.depth} ${row.key}` : row.kind === 'branch' ? `${row.depth} ${row.place.outlet}` : row.kind)).toEqual([
      '0 condition_1', '1 next_yes', '2 mail_1', 'joins', '1 next_no', '2 wait_1', 'joins', '0 end_1',
    ])
  })

  it('shows a way back as one', () => {
    const graph = connect(build('mail', 'wait'), { step: 'wait_1', outlet: 'next' }, 'mail_1')
    expect(outline(graph).at(-1)).toMatchObject({ kind: 'goes_to', key: 'mail_1' })
  })
})

describe('the canvas', () => {
  it('places branches side by side, below their condition', () => {
    let graph = build('condition', 'mail')
    graph = insertStep(graph, { step: 'condition_1', outlet: 'next_no' }, blankStep('wait')).graph
    const { steps, trigger } = layOut(graph)
    expect(steps['mail_1']!.y).toBe(steps['wait_1']!.y)
    expect(steps['wait_1']!.x - steps['mail_1']!.x).toBeGreaterThanOrEqual(nodeSize.width)
    expect(steps['condition_1']!.y).toBeGreaterThan(trigger.y)
    expect(steps['condition_1']!.x).toBe((steps['mail_1']!.x + steps['wait_1']!.x) / 2)
  })

  it('places a step where ways meet below all of them', () => {
    let graph = build('condition', 'mail', 'end')
    graph = connect(graph, { step: 'condition_1', outlet: 'next_no' }, 'end_1')
    const { steps } = layOut(graph)
    expect(steps['end_1']!.y).toBeGreaterThan(steps['mail_1']!.y)
  })

  it('leaves a dragged step where it was put', () => {
    const graph = build('mail')
    expect(layOut({ ...graph, steps: { mail_1: { ...graph.steps['mail_1']!, position: { x: 7, y: 9 } } as JourneyStep } }).steps['mail_1']).toEqual({ x: 7, y: 9 })
  })
})

const kind = fc.constantFrom<StepKind>('mail', 'wait', 'wait_for_event', 'condition', 'add_tag', 'end')
const edits = fc.array(fc.tuple(fc.constantFrom('insert', 'remove', 'move', 'connect'), kind, fc.nat(), fc.nat()), { maxLength: 40 })

it('whatever is done, the graph stays whole: no way leads nowhere, all is listed, nothing overlaps', () => {
  fc.assert(fc.property(edits, list => {
    let graph = empty
    for (const [what, of, one, other] of list) {
      const places: Place[] = [start, ...Object.entries(graph.steps).flatMap(([step, { ...value }]) => outletsOf(value as JourneyStep).map(outlet => ({ step, outlet: outlet.name })))]
      const steps = Object.keys(graph.steps)
      const place = places[one % places.length]!
      const step = steps[other % Math.max(1, steps.length)]
      if (what === 'insert' || step === undefined) graph = insertStep(graph, place, blankStep(of)).graph
      else if (what === 'remove') graph = removeStep(graph, step)
      else if (what === 'move') graph = moveStep(graph, step, place)
      else graph = connect(graph, place, step)
    }
    for (const step of Object.values(graph.steps)) for (const outlet of outletsOf(step)) if (outlet.to !== null) expect(graph.steps[outlet.to]).toBeDefined()
    const listed = outline(graph).flatMap(row => row.kind === 'step' || row.kind === 'unreachable' ? row.key : [])
    expect([...listed].sort()).toEqual(Object.keys(graph.steps).sort())
    expect(new Set(outline(graph).flatMap(row => row.kind === 'step' ? row.key : []))).toEqual(reachableSteps(graph))
    const { steps } = layOut(graph)
    const points = Object.values(steps)
    for (const [index, point] of points.entries()) for (const other of points.slice(index + 1)) {
      expect(Math.abs(point.x - other.x) >= nodeSize.width || Math.abs(point.y - other.y) >= nodeSize.height).toBe(true)
    }
  }), { numRuns: 300 })
})

it('undo takes back, redo does again, one gesture is one step', () => {
  let history = beginHistory('a')
  history = remember(history, 'b')
  history = remember(history, 'bc', true)
  expect(undo(history).present).toBe('a')
  expect(redo(undo(history)).present).toBe('bc')
  expect(undo(undo(history)).present).toBe('a')
  expect(remember(undo(history), 'x').future).toEqual([])
})

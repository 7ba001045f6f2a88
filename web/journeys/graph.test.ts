import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outletsOf, reachableSteps } from '../../shared/journey-problems.ts'
import { journeyGraph } from '../../shared/journeys.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { blankStep } from './blank-step.ts'
import { copySteps, duplicateSteps, pasteSteps, readCopied, writeCopied } from './copy-steps.ts'
import { addGoal, addNote, changeGoal, changeStep, dropAt, insertStep, lastPlace, mailBefore, moveAlong, moveStep, placeStep, removeGoal, removeNote, removeStep, removeSteps, tidy } from './graph.ts'
import type { StepKind } from './graph.ts'
import { beginHistory, redo, remember, undo } from './history.ts'
import { layOut, neighbour, nodeSize, shapeOf, widthOf } from './lay-out.ts'
import { outline } from './outline.ts'
import { connect, goalPlace, placesOf, start, targetOf } from './ways.ts'
import type { Place } from './ways.ts'

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
    expect(keys(duplicateSteps(build('mail', 'wait'), ['mail_1']).graph)).toEqual(['mail_1', 'mail_2', 'wait_1'])
    expect(keys(duplicateSteps(build('mail', 'wait', 'add_tag'), ['wait_1', 'mail_1']).graph)).toEqual(['mail_1', 'wait_1', 'mail_2', 'wait_2', 'add_tag_1'])
  })

  it('moves a step one place up or down its way', () => {
    expect(keys(moveAlong(build('mail', 'wait', 'add_tag'), 'wait_1', 'up'))).toEqual(['wait_1', 'mail_1', 'add_tag_1'])
    expect(keys(moveAlong(build('mail', 'wait', 'add_tag'), 'wait_1', 'down'))).toEqual(['mail_1', 'add_tag_1', 'wait_1'])
    expect(keys(moveAlong(build('mail', 'wait'), 'mail_1', 'up'))).toEqual(['mail_1', 'wait_1'])
    expect(keys(moveAlong(build('mail', 'wait'), 'wait_1', 'down'))).toEqual(['mail_1', 'wait_1'])
  })

  it('copies to another journey by text: the ways among the copies stay, those out of them end, the main one leads on', () => {
    let graph = build('mail', 'wait_for_event', 'add_tag')
    graph = insertStep(graph, { step: 'wait_for_event_1', outlet: 'next_timeout' }, blankStep('wait')).graph
    const copied = readCopied(writeCopied(copySteps(graph, ['wait_for_event_1', 'mail_1', 'wait_1'])!))!
    expect(copied.first).toBe('mail_1')
    const { graph: other, keys: fresh } = pasteSteps(build('mail', 'end'), { step: 'mail_1', outlet: 'next' }, copied)
    expect(fresh).toEqual(['mail_2', 'wait_for_event_1', 'wait_1'])
    expect(other.steps['wait_for_event_1']).toMatchObject({ mail_step: 'mail_2', next: 'end_1', next_timeout: 'wait_1' })
    expect(targetOf(other, { step: 'mail_1', outlet: 'next' })).toBe('mail_2')
    expect(readCopied('{"steps": {}}')).toBe(null)
    expect(readCopied('hello')).toBe(null)
  })
})

describe('ways with names of their own', () => {
  it('a split keeps what came after on its first way', () => {
    const graph = insertStep(build('mail'), start, blankStep('split_random')).graph
    expect(targetOf(graph, { step: 'split_random_1', outlet: 'way:a' })).toBe('mail_1')
    expect(targetOf(connect(graph, { step: 'split_random_1', outlet: 'way:b' }, 'mail_1'), { step: 'split_random_1', outlet: 'way:b' })).toBe('mail_1')
  })

  it('a step that goes elsewhere leads on to what came after, not there', () => {
    const graph = insertStep(build('mail', 'wait'), { step: 'mail_1', outlet: 'next' }, blankStep('go_to')).graph
    expect(graph.steps['go_to_1']).toMatchObject({ to: null, next: 'wait_1' })
    expect(keys(removeStep(connect(graph, { step: 'go_to_1', outlet: 'to' }, 'mail_1'), 'go_to_1'))).toEqual(['mail_1', 'wait_1'])
  })

  it('a way taken away takes along what only it led to', () => {
    let graph = build('split_random', 'mail')
    graph = insertStep(graph, { step: 'split_random_1', outlet: 'way:b' }, blankStep('wait')).graph
    const split = graph.steps['split_random_1'] as Extract<JourneyStep, { kind: 'split_random' }>
    expect(Object.keys(changeStep(graph, 'split_random_1', { ways: split.ways.slice(0, 1) }).steps)).toEqual(['split_random_1', 'mail_1'])
  })

  it('a way out when it fails is there only when it is asked for', () => {
    const graph = changeStep(build('set_field'), 'set_field_1', { next_failed: null })
    expect(outletsOf(graph.steps['set_field_1']!).map(outlet => outlet.name)).toEqual(['next', 'next_failed'])
    expect(changeStep(graph, 'set_field_1', { next_failed: undefined })).toEqual(build('set_field'))
  })
})

describe('goals and notes', () => {
  it('a goal jumps to a step, listed below it; taken away, what only it led to goes too', () => {
    const made = addGoal(build('mail'), 'Bought')
    const graph = insertStep(made.graph, goalPlace(made.key), blankStep('add_tag')).graph
    expect(targetOf(graph, goalPlace('goal_1'))).toBe('add_tag_1')
    expect(outline(graph).map(row => row.kind)).toEqual(['step', 'open', 'goal', 'step', 'open'])
    expect(removeStep(graph, 'add_tag_1').goals).toMatchObject([{ to: null }])
    expect(removeGoal(graph, 'goal_1')).toEqual(build('mail'))
    expect(changeGoal(graph, 'goal_1', { name: 'Came back' }).goals).toMatchObject([{ name: 'Came back' }])
  })

  it('a note is put down and taken away', () => {
    const { graph, key } = addNote(build('mail'), { x: 10.4, y: 3 })
    expect(graph.notes).toEqual([{ key, text: '', position: { x: 10, y: 3 } }])
    expect(removeNote(graph, key)).toEqual(build('mail'))
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
    expect(layOut(dropAt(graph, { mail_1: { x: 7, y: 9 } })).steps['mail_1']).toEqual({ x: 7, y: 9 })
    expect(tidy(dropAt(graph, { mail_1: { x: 7, y: 9 } }))).toEqual(graph)
  })

  it('a step put in between dragged ones stands between them, and those after it make room', () => {
    const graph = dropAt(build('mail', 'wait', 'add_tag'), { mail_1: { x: 500, y: 100 }, wait_1: { x: 500, y: 280 }, add_tag_1: { x: 500, y: 460 } })
    const { steps } = layOut(insertStep(graph, { step: 'mail_1', outlet: 'next' }, blankStep('wait')).graph)
    expect(steps['wait_2']!.x).toBe(500)
    expect(steps['wait_2']!.y).toBeGreaterThanOrEqual(100 + nodeSize.height)
    expect(steps['wait_1']!.y).toBeGreaterThanOrEqual(steps['wait_2']!.y + nodeSize.height)
    expect(steps['add_tag_1']!.y).toBeGreaterThanOrEqual(steps['wait_1']!.y + nodeSize.height)
  })

  it('the shape is the same whatever is written in the steps', () => {
    const graph = build('mail', 'wait')
    expect(shapeOf(changeStep(graph, 'mail_1', { note: 'look' }))).toBe(shapeOf(graph))
    expect(shapeOf(connect(graph, { step: 'wait_1', outlet: 'next' }, 'mail_1'))).not.toBe(shapeOf(graph))
  })

  it('arrow keys lead along the ways and to the side', () => {
    let graph = build('condition', 'mail')
    graph = insertStep(graph, { step: 'condition_1', outlet: 'next_no' }, blankStep('wait')).graph
    const layout = layOut(graph)
    expect(neighbour(graph, layout, null, 'down')).toBe('condition_1')
    expect(neighbour(graph, layout, 'condition_1', 'up')).toBe(null)
    expect(neighbour(graph, layout, 'mail_1', 'right')).toBe('wait_1')
    expect(neighbour(graph, layout, 'wait_1', 'left')).toBe('mail_1')
    expect(neighbour(graph, layout, 'wait_1', 'up')).toBe('condition_1')
    expect(neighbour(graph, layout, 'mail_1', 'down')).toBe(undefined)
  })

  it('many branches that meet again and again are laid out at once', () => {
    let graph = empty
    for (let count = 0; count < 60; count++) {
      const { graph: next, key } = insertStep(graph, lastPlace(graph), blankStep('condition'))
      const branch = insertStep(next, { step: key, outlet: 'next_no' }, blankStep('wait'))
      const joined = insertStep(branch.graph, { step: key, outlet: 'next_yes' }, blankStep('mail'))
      graph = connect(joined.graph, { step: branch.key, outlet: 'next' }, joined.key)
      graph = connect(graph, { step: key, outlet: 'next_yes' }, joined.key)
    }
    expect(Object.keys(layOut(graph).steps)).toHaveLength(180)
    expect(new Set(Object.values(layOut(graph).steps).map(point => `${point.x} ${point.y}`)).size).toBe(180)
  })
})

const kind = fc.constantFrom<StepKind>('mail', 'wait', 'wait_for_event', 'condition', 'split_random', 'split_by_value', 'hold_out', 'go_to', 'set_field', 'end')
const acts = ['insert', 'insert', 'insert', 'remove', 'remove several', 'move', 'along', 'connect', 'copy', 'fail', 'goal', 'no goal', 'place', 'drag'] as const
const edits = fc.array(fc.tuple(fc.constantFrom(...acts), kind, fc.nat(), fc.nat()), { maxLength: 40 })
type Edit = [(typeof acts)[number], StepKind, number, number]

function act(graph: JourneyGraph, [what, of, one, other]: Edit): JourneyGraph {
  const places = placesOf(graph).map(way => way.place)
  const steps = Object.keys(graph.steps)
  const place = places[one % places.length]!
  const step = steps[other % Math.max(1, steps.length)]
  if (what === 'goal') return (graph.goals ?? []).length < 10 ? addGoal(graph, 'Goal').graph : graph
  if (what === 'no goal') return removeGoal(graph, 'goal_1')
  if (what === 'insert' || step === undefined) return insertStep(graph, place, blankStep(of)).graph
  switch (what) {
    case 'remove': return removeStep(graph, step)
    case 'remove several': return removeSteps(graph, [step, steps[one % steps.length]!])
    case 'move': return moveStep(graph, step, place)
    case 'along': return moveAlong(graph, step, one % 2 === 0 ? 'up' : 'down')
    case 'connect': return connect(graph, place, step === place.step ? null : step)
    case 'copy': return pasteSteps(graph, place, copySteps(graph, [step, steps[one % steps.length]!])!).graph
    case 'fail': return 'next_failed' in graph.steps[step]! || graph.steps[step]!.kind !== 'set_field' ? graph : changeStep(graph, step, { next_failed: null })
    case 'place': return placeStep(graph, blankStep(of), { x: 5000 + one % 7 * 2000, y: (other % 40) * 400 }).graph
    case 'drag': return dropAt(graph, { [step]: { x: one % 3000, y: other % 3000 } })
  }
}

it('whatever is done, the graph stays whole: it can be saved, no way leads nowhere, all is listed, undo takes all back', () => {
  fc.assert(fc.property(edits, list => {
    let history = beginHistory(empty)
    const past: JourneyGraph[] = [empty]
    for (const edit of list) {
      const next = act(history.present, edit)
      if (next !== history.present) past.push(next)
      history = remember(history, next)
    }
    const graph = history.present
    expect(journeyGraph.safeParse(graph).error).toBeUndefined()
    for (const { to } of placesOf(graph)) if (to !== null) expect(graph.steps[to]).toBeDefined()
    const listed = outline(graph).flatMap(row => row.kind === 'step' || row.kind === 'unreachable' ? row.key : [])
    expect([...listed].sort()).toEqual(Object.keys(graph.steps).sort())
    expect(new Set(outline(graph).flatMap(row => row.kind === 'step' ? row.key : []))).toEqual(reachableSteps(graph))
    for (const before of past.toReversed()) {
      expect(history.present).toEqual(before)
      if (history.past.length > 0) expect(redo(undo(history)).present).toBe(history.present)
      history = undo(history)
    }
  }), { numRuns: 300 })
})

it('nothing the layout places overlaps, however the graph was made', () => {
  fc.assert(fc.property(edits, list => {
    const graph = list.filter(([what]) => what !== 'drag' && what !== 'place').reduce(act, empty)
    const { steps } = layOut(tidy(graph))
    const boxes = Object.entries(steps).map(([key, point]) => ({ ...point, width: widthOf(graph.steps[key]) }))
    for (const [index, box] of boxes.entries()) for (const other of boxes.slice(index + 1)) {
      expect(box.x + box.width <= other.x || other.x + other.width <= box.x || Math.abs(box.y - other.y) >= nodeSize.height).toBe(true)
    }
  }), { numRuns: 200 })
})

/** The same graph whatever its steps are called: names by the order in which they are found from one of them. */
function shapeFrom(graph: JourneyGraph, first: string): unknown {
  const order = [first]
  for (const key of order) for (const outlet of outletsOf(graph.steps[key]!)) if (outlet.to !== null && !order.includes(outlet.to)) order.push(outlet.to)
  return order.map(key => [graph.steps[key]!.kind, outletsOf(graph.steps[key]!).map(outlet => [outlet.name, outlet.to === null ? null : order.indexOf(outlet.to)])])
}

it('copies have the shape of what was copied', () => {
  fc.assert(fc.property(edits, list => {
    const graph = list.reduce(act, empty)
    const copied = copySteps(graph, Object.keys(graph.steps))
    if (copied === null) return
    const pasted = pasteSteps(empty, start, readCopied(writeCopied(copied))!)
    expect(pasted.keys).toHaveLength(Object.keys(graph.steps).length)
    expect(shapeFrom(pasted.graph, pasted.graph.first!)).toEqual(shapeFrom(graph, copied.first))
  }), { numRuns: 200 })
})

it('undo takes back, redo does again, one gesture is one step', () => {
  let history = beginHistory('a')
  history = remember(history, 'b', 'name')
  history = remember(history, 'bc', 'name')
  expect(undo(history).present).toBe('a')
  expect(redo(undo(history)).present).toBe('bc')
  expect(undo(undo(history)).present).toBe('a')
  expect(remember(undo(history), 'x').future).toEqual([])
})

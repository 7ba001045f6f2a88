import { describe, expect, test } from 'vitest'
import { compareGraphs, isUnchanged, proposeStep } from './journey-versions.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

const graph = (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph =>
  ({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps, ...more })
const mail = (template: number, next: string | null): JourneyStep => ({ kind: 'mail', template_id: template, topic_id: null, next })
const wait = (amount: number, next: string | null): JourneyStep => ({ kind: 'wait', duration: { amount, unit: 'days' }, next })

describe('what a version changes', () => {
  test('nothing when only places on the canvas, comments or the order of keys are different', () => {
    const before = graph({ a: wait(1, 'b'), b: mail(1, null) })
    const after = graph({ a: { next: 'b', duration: { unit: 'days', amount: 1 }, kind: 'wait', position: { x: 1, y: 2 }, note: 'why' }, b: mail(1, null) }, { goals: [] })
    expect(isUnchanged(compareGraphs(before, after))).toBe(true)
  })
  test('steps added, removed and changed, ways led elsewhere and settings are told apart', () => {
    const split = (weight: number, next: string | null): JourneyStep => ({ kind: 'split_random', winner: null, ways: [{ key: 'a', name: 'A', weight, next }, { key: 'b', name: 'B', weight: 50, next: null }] })
    const before = graph({ a: wait(1, 'b'), b: mail(1, 's'), s: split(50, null), old: { kind: 'end' } })
    const after = graph({ a: wait(2, 'b'), b: mail(1, 'end'), s: split(50, 'b'), end: { kind: 'end' } }, { first: 'b', reentry: 'again', trigger: { kind: 'event', event: 'order.placed' } })
    expect(compareGraphs(before, after)).toEqual({
      added: ['end'], removed: ['old'],
      changed: [{ step: 'a', fields: ['duration'] }],
      rerouted: [{ step: null, outlet: 'next', from: 'a', to: 'b' }, { step: 'b', outlet: 'next', from: 's', to: 'end' }, { step: 's', outlet: 'way:a', from: null, to: 'b' }],
      settings: ['trigger', 'reentry'],
    })
  })
})

describe('where people of a step go', () => {
  const before = graph({ a: wait(1, 'b'), b: mail(1, 'c'), c: mail(2, 'd'), d: { kind: 'end' } })
  test('to the same step, also when its content changed', () => {
    expect(proposeStep(before, graph({ a: wait(9, null) }), 'a')).toEqual({ to: 'a', why: 'same_step' })
  })
  test('to a new step that sends the same mail', () => {
    expect(proposeStep(before, graph({ x: mail(3, 'y'), y: mail(2, null) }), 'c')).toEqual({ to: 'y', why: 'same_kind' })
  })
  test('to what came after a step that is gone', () => {
    expect(proposeStep(before, graph({ c: mail(2, 'd'), d: { kind: 'end' } }), 'a')).toEqual({ to: 'c', why: 'following_step' })
  })
  test('nowhere when nothing of what follows is left', () => {
    expect(proposeStep(before, graph({ x: mail(3, null) }), 'a')).toBeNull()
    expect(proposeStep(before, graph({ a: mail(3, null) }), 'nowhere')).toBeNull()
  })
})

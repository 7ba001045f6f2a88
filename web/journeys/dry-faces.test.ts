import { expect, test } from 'vitest'
import type { DryRunResult } from '../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { dryFaces, wayQuery } from './dry-faces.ts'

const day = { amount: 1, unit: 'days' as const }
const graph: JourneyGraph = {
  format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'hello',
  goals: [{ key: 'bought', name: 'Bought', condition: { event: 'order.placed' }, to: 'thanks' }],
  steps: {
    hello: { kind: 'mail', template_id: 1, topic_id: 1, next: 'clicked' },
    clicked: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'hello', timeout: day, next: 'tag', next_timeout: 'later' },
    tag: { kind: 'add_tag', tag_id: 1, next: 'end' },
    later: { kind: 'wait', duration: day, next: 'end' },
    end: { kind: 'end' },
    thanks: { kind: 'end' },
    newer: { kind: 'wait', duration: day, next: null },
  },
}
const step = (arrived: number, ways: Record<string, number>, more: object = {}) => ({ arrived, here: 0, failed: 0, outcomes: {}, ways, by_day: {}, mails: null, estimated: false, ...more })
const result: Pick<DryRunResult, 'entered' | 'goals' | 'steps'> = {
  entered: 9, goals: { bought: 2 },
  steps: {
    hello: step(9, { next: 9 }, { mails: { sent: 7, skipped: { no_consent: 1, no_email: 1 }, crowded: 3 } }),
    clicked: step(9, { next: 4, next_timeout: 0 }, { estimated: true, here: 3 }),
    tag: step(4, { next: 4 }), later: step(0, {}), end: step(4, {}), thanks: step(2, {}),
  },
}

test('numbers of a dry run stand at steps and ways; what is behind an estimated choice is an estimate', () => {
  const { steps, ways } = dryFaces(graph, result)
  expect(steps['hello']).toEqual({ arrived: 9, here: 0, failed: 0, sent: 7, skipped: 2, crowded: 3, estimated: false })
  expect(Object.entries(steps).filter(([, face]) => face.estimated).map(([key]) => key)).toEqual(['tag', 'end'])
  expect(steps['newer']).toBeUndefined()
  expect(ways).toMatchObject({
    ':next': { count: 9, estimated: false }, ':goal:bought': { count: 2 }, 'hello:next': { count: 9, estimated: false },
    'clicked:next': { count: 4, estimated: true }, 'clicked:next_timeout': { count: 0, estimated: true }, 'tag:next': { count: 4, estimated: true },
  })
})

test('the people behind a way are asked for by its step and name', () => {
  expect(wayQuery({ step: null, outlet: 'next' })).toEqual({})
  expect(wayQuery({ step: null, outlet: 'goal:bought' })).toEqual({ what: 'goal:bought' })
  expect(wayQuery({ step: 'clicked', outlet: 'next_timeout' })).toEqual({ step: 'clicked', what: 'next_timeout' })
})

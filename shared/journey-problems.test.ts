import { describe, expect, it } from 'vitest'
import { findProblems, stepsOnInstantCycles } from './journey-problems.ts'
import { journeyGraph } from './journeys.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

const graph = (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph =>
  journeyGraph.parse({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps, ...more })
const day = { amount: 1, unit: 'days' } as const
const mail = (next: string | null): JourneyStep => ({ kind: 'mail', template_id: 1, topic_id: 1, next })
const codes = (of: JourneyGraph) => findProblems(of).map(problem => `${problem.step ?? '-'}: ${problem.code}`)

describe('findProblems', () => {
  it('is content with a whole journey', () => {
    expect(codes(graph({
      hello: mail('heard'),
      heard: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'hello', timeout: day, next: 'end', next_timeout: 'again' },
      again: mail('end'),
      end: { kind: 'end' },
    }))).toEqual([])
  })

  it('names an empty journey', () => {
    expect(codes(graph({}))).toEqual(['-: no_steps'])
  })

  it('names what is not chosen yet, with the field', () => {
    const problems = findProblems(graph({
      mail: { kind: 'mail', template_id: null, topic_id: null, next: 'tag' },
      tag: { kind: 'add_tag', tag_id: null, next: 'field' },
      field: { kind: 'set_field', field: '', value: null, next: 'task' },
      task: { kind: 'create_task', title: ' ', due_in: null, assignee: 'owner', next: 'tell' },
      tell: { kind: 'notify_user', user: 'owner', text: '', next: null },
    }, { trigger: { kind: 'segment_entered', segment_id: null } }))
    expect(problems.map(problem => problem.field)).toEqual([
      'trigger.segment_id', 'steps.mail.template_id', 'steps.tag.tag_id', 'steps.field.field', 'steps.task.title', 'steps.tell.text',
    ])
    expect(problems.every(problem => problem.blocking)).toBe(true)
  })

  it('names steps that are missing, steps nobody reaches and mails that never come before', () => {
    expect(codes(graph({
      one: mail('nowhere'),
      lost: { kind: 'wait', duration: day, next: null },
    }))).toEqual(['one: missing_step', 'lost: unreachable'])
    expect(codes(graph({
      ask: { kind: 'condition', condition: { mail_step: 'later', reaction: 'clicked', happened: true }, next_yes: null, next_no: 'later' },
      later: mail('other'),
      other: { kind: 'wait_for_event', event: 'email.opened', mail_step: 'ask', timeout: day, next: null, next_timeout: null },
    }))).toEqual(['ask: mail_step_not_before', 'other: mail_step_is_not_a_mail'])
  })

  it('knows a bad event type', () => {
    expect(codes(graph({ one: mail(null) }, { trigger: { kind: 'event', event: 'Order placed' } }))).toEqual(['-: bad_event'])
    expect(codes(graph({ one: mail(null) }, { trigger: { kind: 'event', event: '' } }))).toEqual(['-: no_event'])
  })
})

describe('circles', () => {
  it('with a wait are fine, without one are not', () => {
    expect(stepsOnInstantCycles(graph({ a: mail('w'), w: { kind: 'wait', duration: day, next: 'a' } }))).toEqual([])
    expect(stepsOnInstantCycles(graph({ a: mail('b'), b: { kind: 'add_tag', tag_id: 1, next: 'a' } }))).toEqual(['a', 'b'])
    expect(stepsOnInstantCycles(graph({ a: mail('a') }))).toEqual(['a'])
    expect(stepsOnInstantCycles(graph({ a: { kind: 'wait', duration: { amount: 0, unit: 'days' }, next: 'a' } }))).toEqual(['a'])
  })

  it('through the reaction to a mail are fine only when the mail is sent anew on the way', () => {
    const heard = (next: string): JourneyStep => ({ kind: 'wait_for_event', event: 'email.clicked', mail_step: 'mail', timeout: day, next, next_timeout: 'mail' })
    expect(stepsOnInstantCycles(graph({ mail: mail('heard'), heard: heard('mail') }))).toEqual([])
    expect(stepsOnInstantCycles(graph({ mail: mail('heard'), heard: heard('tag'), tag: { kind: 'add_tag', tag_id: 1, next: 'heard' } }))).toEqual(['heard'])
  })
})

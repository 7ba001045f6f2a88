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
    }))).toEqual(['ask: mail_step_not_before', 'other: mail_step_is_not_a_mail', 'other: dead_end'])
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

describe('each kind of step', () => {
  const alone = (step: object, more: Partial<JourneyGraph> = {}) => codes(graph({ one: step as JourneyStep, end: { kind: 'end' } }, more)).filter(code => !code.endsWith('unreachable'))
  const always = { all: [] }

  it.each([
    ['no_weekdays', { kind: 'wait_until', until: { weekdays: [], at: '09:00' }, next: 'end' }],
    ['no_date', { kind: 'wait_until', until: { field: '', offset_days: 0, at: '09:00' }, next: 'end' }],
    ['empty_condition', { kind: 'wait_for_condition', condition: always, timeout: day, next: 'end', next_timeout: null }],
    ['wait_is_zero', { kind: 'wait_for_condition', condition: { field: 'city', operator: 'known' }, timeout: { amount: 0, unit: 'days' }, next: 'end', next_timeout: null }],
    ['no_ways', { kind: 'split_by_value', field: 'city', cases: [], next_else: 'end' }],
    ['no_ways', { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 1, next: 'end' }], winner: null }],
    ['same_way_twice', { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 1, next: 'end' }, { key: 'a', name: 'B', weight: 1, next: 'end' }], winner: null }],
    ['no_weight', { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 0, next: 'end' }, { key: 'b', name: 'B', weight: 0, next: 'end' }], winner: null }],
    ['go_to_nowhere', { kind: 'go_to', to: null, most_times: 2, next: 'end' }],
    ['no_journey', { kind: 'start_journey', journey_id: null, next: 'end' }],
    ['no_field', { kind: 'compute_field', field: 'first_name', operation: 'copy', next: 'end' }],
    ['bad_value', { kind: 'compute_field', field: 'fields.points', operation: 'add', next: 'end' }],
    ['no_wording', { kind: 'change_topic', topic_id: 1, action: 'grant', wording: ' ', next: 'end' }],
    ['no_topic', { kind: 'change_topic', topic_id: null, action: 'withdraw', wording: '', next: 'end' }],
    ['no_segment', { kind: 'change_segment', segment_id: null, action: 'add', next: 'end' }],
    ['no_pipeline', { kind: 'move_deal', pipeline_id: 1, stage_id: null, next: 'end' }],
    ['no_users', { kind: 'assign_manager', rule: { kind: 'round_robin', users: [] }, replace: false, next: 'end' }],
    ['bad_url', { kind: 'call_webhook', url: 'ftp://x', body: '', save: [], next: 'end' }],
    ['no_pool', { kind: 'give_coupon', pool_id: null, next: 'end' }],
    ['dead_end', { kind: 'hold_out', percent: 10, next: null, next_held: null }],
  ] as const)('names %s', (code, step) => expect(alone(step)).toEqual([`one: ${code}`]))

  it('names what is wrong with trigger, exit and goals', () => {
    expect(alone({ kind: 'end' }, { trigger: { kind: 'date', field: '', offset_days: 0, at: '09:00', repeat: 'once' } })).toEqual(['-: no_date'])
    expect(alone({ kind: 'end' }, { trigger: { kind: 'segment_left', segment_id: null } })).toEqual(['-: no_segment'])
    expect(alone({ kind: 'end' }, { exit_condition: always })).toEqual(['-: empty_condition'])
    const goal = { key: 'a', name: 'A', condition: { field: 'city', operator: 'known' }, to: 'nowhere' }
    expect(alone({ kind: 'end' }, { goals: [goal, { ...goal, to: null, condition: { mail_step: 'one', reaction: 'opened', happened: true } }] })).toEqual(['-: goal_nowhere', '-: same_way_twice', '-: mail_step_is_not_a_mail'])
  })
})

describe('going round', () => {
  const again = (most_times: number | null): JourneyGraph => graph({ wait: { kind: 'wait', duration: day, next: 'mail' }, mail: mail('again'), again: { kind: 'go_to', to: 'wait', most_times, next: null } })
  it('needs a limit where a step goes back, and is only advised against where a way does', () => {
    expect(codes(again(3))).toEqual([])
    expect(findProblems(again(null))).toMatchObject([{ code: 'loop_without_limit', step: 'again', blocking: true }])
    expect(findProblems(graph({ wait: { kind: 'wait', duration: day, next: 'mail' }, mail: mail('wait') }))).toMatchObject([{ code: 'loop_without_limit', step: 'wait', blocking: false }])
  })
  it('takes time when it passes the next Tuesday, and none when it passes a date that is over', () => {
    const until = (of: object): JourneyGraph => graph({ a: { kind: 'wait_until', until: of, next: 'b' } as JourneyStep, b: { kind: 'go_to', to: 'a', most_times: 3, next: null } })
    expect(stepsOnInstantCycles(until({ weekdays: [2], at: '09:00' }))).toEqual([])
    expect(stepsOnInstantCycles(until({ date: '2026-01-01', at: '09:00' }))).toEqual(['a', 'b'])
  })
})

import { durationMilliseconds } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { eventType } from './events.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

/**
 * What is wrong with a journey's graph, found without asking the database; the server adds what only it knows
 * (an archived template, a deleted tag) in the same shape. Blocking problems refuse publishing, others are advice.
 */
export const journeyProblemCodes = [
  'no_steps', 'missing_step', 'unreachable', 'goes_round_without_wait', 'wait_is_zero',
  'no_event', 'bad_event', 'no_segment', 'no_template', 'no_tag', 'no_field', 'no_title', 'no_text',
  'no_topic', 'no_ways', 'same_way_twice', 'no_weight', 'no_weekdays', 'no_date', 'no_journey', 'no_wording', 'no_pipeline', 'no_users', 'no_url', 'bad_url', 'no_pool', 'pool_empty',
  'loop_without_limit', 'go_to_nowhere', 'goal_nowhere', 'journey_gone', 'pipeline_gone', 'pool_gone', 'segment_not_static', 'no_consent_topic', 'dead_end',
  'mail_step_is_not_a_mail', 'mail_step_not_before', 'empty_condition',
  'template_archived', 'tag_gone', 'segment_gone', 'topic_gone', 'form_gone', 'user_gone', 'field_gone', 'bad_value', 'bad_condition',
] as const
export type JourneyProblemCode = (typeof journeyProblemCodes)[number]

export type JourneyProblem = {
  code: JourneyProblemCode
  /** null: the trigger or the journey as a whole */
  step: string | null
  /** path inside the graph, as field errors name it: `steps.mail_1.template_id` */
  field: string
  blocking: boolean
  /** what a program reads; people read the translation of `code` */
  message: string
}

/** `next`, `next_yes` …; of splits `way:<key>`. */
export type Outlet = { name: string; to: string | null }

/** The ways out of a step, in the order they are drawn. */
export function outletsOf(step: JourneyStep): Outlet[] {
  const failed = 'next_failed' in step && step.next_failed !== undefined ? [{ name: 'next_failed', to: step.next_failed }] : []
  switch (step.kind) {
    case 'end': return []
    case 'condition': return [{ name: 'next_yes', to: step.next_yes }, { name: 'next_no', to: step.next_no }]
    case 'wait_for_event': case 'wait_for_condition': return [{ name: 'next', to: step.next }, { name: 'next_timeout', to: step.next_timeout }]
    case 'wait_until': return [{ name: 'next', to: step.next }, ...(step.next_past === undefined ? [] : [{ name: 'next_past', to: step.next_past }])]
    case 'split_by_value': return [...step.cases.map(one => ({ name: `way:${one.key}`, to: one.next })), { name: 'next_else', to: step.next_else }]
    case 'split_random': return step.ways.map(way => ({ name: `way:${way.key}`, to: way.next }))
    case 'hold_out': return [{ name: 'next', to: step.next }, { name: 'next_held', to: step.next_held }]
    case 'go_to': return [{ name: 'to', to: step.to }, { name: 'next', to: step.next }]
    default: return [{ name: 'next', to: step.next }, ...failed]
  }
}

/** The step with one of its ways out leading elsewhere. */
export function withOutlet(step: JourneyStep, name: string, to: string | null): JourneyStep {
  if (!name.startsWith('way:')) return { ...step, [name]: to } as JourneyStep
  const led = <Way extends { key: string, next: string | null }>(way: Way): Way => `way:${way.key}` === name ? { ...way, next: to } : way
  if (step.kind === 'split_by_value') return { ...step, cases: step.cases.map(led) }
  return step.kind === 'split_random' ? { ...step, ways: step.ways.map(led) } : step
}

/** Steps people can come to: from the start and from where a reached goal jumps to, or from one step. */
export function reachableSteps(graph: JourneyGraph, from?: string | null): Set<string> {
  const reached = new Set<string>()
  const roots = from === undefined ? [graph.first, ...(graph.goals ?? []).map(goal => goal.to)] : [from]
  const open = roots.filter(key => key !== null)
  while (open.length > 0) {
    const key = open.pop()!
    const step = graph.steps[key]
    if (!step || reached.has(key)) continue
    reached.add(key)
    for (const outlet of outletsOf(step)) if (outlet.to !== null) open.push(outlet.to)
  }
  return reached
}

export function mailStepsIn(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(mailStepsIn)
  if ('any' in condition) return condition.any.flatMap(mailStepsIn)
  if ('not' in condition) return mailStepsIn(condition.not)
  return 'mail_step' in condition ? [condition.mail_step] : []
}

export function isEmptyCondition(condition: Condition): boolean {
  return ('all' in condition && condition.all.length === 0) || ('any' in condition && condition.any.length === 0)
}

export function findProblems(graph: JourneyGraph): JourneyProblem[] {
  const problems: JourneyProblem[] = []
  const add = (code: JourneyProblemCode, step: string | null, field: string, message: string, blocking = true) => {
    problems.push({ code, step, field, message, blocking })
  }

  const { trigger } = graph
  if (trigger.kind === 'event') {
    if (trigger.event === '') add('no_event', null, 'trigger.event', 'choose the event that starts the journey')
    else if (!eventType.safeParse(trigger.event).success) add('bad_event', null, 'trigger.event', `"${trigger.event}" is not an event type, such as order.placed`)
  }
  if (trigger.kind === 'segment_entered' && trigger.segment_id === null) add('no_segment', null, 'trigger.segment_id', 'choose the segment that starts the journey')
  if (graph.entry_condition && mailStepsIn(graph.entry_condition).length > 0) {
    add('bad_condition', null, 'entry_condition', 'who may enter cannot depend on the mails of the journey')
  }

  if (graph.first === null || Object.keys(graph.steps).length === 0) add('no_steps', null, 'first', 'the journey has no steps')
  else if (!graph.steps[graph.first]) add('missing_step', null, 'first', `there is no step "${graph.first}"`)

  const reached = reachableSteps(graph)
  for (const [key, step] of Object.entries(graph.steps)) {
    const field = (name: string) => `steps.${key}.${name}`
    if (!reached.has(key)) add('unreachable', key, `steps.${key}`, 'nobody can reach this step', false)
    for (const outlet of outletsOf(step)) {
      if (outlet.to !== null && !graph.steps[outlet.to]) add('missing_step', key, field(outlet.name), `there is no step "${outlet.to}"`)
    }
    switch (step.kind) {
      case 'mail':
        if (step.template_id === null) add('no_template', key, field('template_id'), 'choose the mail to send')
        break
      case 'wait':
        if (durationMilliseconds(step.duration) === 0) add('wait_is_zero', key, field('duration'), 'the wait is zero long')
        break
      case 'wait_for_event':
        if (step.event === '') add('no_event', key, field('event'), 'choose the event to wait for')
        else if (!eventType.safeParse(step.event).success) add('bad_event', key, field('event'), `"${step.event}" is not an event type, such as email.clicked`)
        if (durationMilliseconds(step.timeout) === 0) add('wait_is_zero', key, field('timeout'), 'say how long to wait at most')
        if (step.mail_step !== null) checkMailStep(step.mail_step, key, field('mail_step'))
        break
      case 'condition':
        if (isEmptyCondition(step.condition)) add('empty_condition', key, field('condition'), 'the condition is empty')
        for (const mailStep of new Set(mailStepsIn(step.condition))) checkMailStep(mailStep, key, field('condition'))
        break
      case 'add_tag': case 'remove_tag':
        if (step.tag_id === null) add('no_tag', key, field('tag_id'), 'choose the tag')
        break
      case 'set_field':
        if (step.field === '') add('no_field', key, field('field'), 'choose the field')
        break
      case 'create_task':
        if (step.title.trim() === '') add('no_title', key, field('title'), 'say what is to be done')
        break
      case 'notify_user':
        if (step.text.trim() === '') add('no_text', key, field('text'), 'write what to tell')
        break
      case 'end': break
    }
  }

  for (const key of stepsOnInstantCycles(graph)) {
    if (reached.has(key)) add('goes_round_without_wait', key, `steps.${key}`, 'the way leads round in a circle without a wait')
  }
  return problems

  function checkMailStep(mailStep: string, key: string, field: string) {
    const mail = graph.steps[mailStep]
    if (mail?.kind !== 'mail') add('mail_step_is_not_a_mail', key, field, `"${mailStep}" is not a mail of this journey`)
    else if (reached.has(key) && !reachableSteps(graph, mailStep).has(key)) add('mail_step_not_before', key, field, `the mail "${mailStep}" is never sent before this step`, false)
  }
}

/**
 * Steps from which one comes back to them without any time passing. A wait for a mail's reaction passes at once
 * when the reaction is there already, so its way counts as instant unless the circle sends that mail anew.
 */
export function stepsOnInstantCycles(graph: JourneyGraph): string[] {
  const instant = (step: JourneyStep): string[] => {
    if (step.kind === 'wait') return durationMilliseconds(step.duration) > 0 || step.next === null ? [] : [step.next]
    if (step.kind === 'wait_for_event') {
      const ways = durationMilliseconds(step.timeout) > 0 ? [] : [step.next_timeout]
      return ways.filter(way => way !== null)
    }
    return outletsOf(step).flatMap(outlet => outlet.to ?? [])
  }
  const comesBack = (key: string, avoid: string | null, first: string[]): boolean => {
    const seen = new Set<string>()
    const open = [...first]
    while (open.length > 0) {
      const at = open.pop()!
      if (at === key) return true
      const step = graph.steps[at]
      if (!step || at === avoid || seen.has(at)) continue
      seen.add(at)
      open.push(...instant(step))
    }
    return false
  }
  return Object.entries(graph.steps).flatMap(([key, step]) => {
    if (comesBack(key, null, instant(step))) return [key]
    if (step.kind === 'wait_for_event' && step.mail_step !== null && step.next !== null && comesBack(key, step.mail_step, [step.next])) return [key]
    return []
  })
}

import { durationMilliseconds } from './conditions.ts'
import { eventType } from './events.ts'
import { isEmptyCondition, mailStepsIn, outletsOf, reachableSteps } from './journey-ways.ts'
import { checkMailSteps, checkStep } from './step-problems.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

export { isEmptyCondition, mailStepsIn, outletsOf, reachableSteps, withOutlet } from './journey-ways.ts'
export type { Outlet } from './journey-ways.ts'

/**
 * What is wrong with a journey's graph, found without asking the database; the server adds what only it knows
 * (an archived template, a deleted tag) in the same shape. Blocking problems refuse publishing, others are advice.
 */
export const journeyProblemCodes = [
  'no_steps', 'missing_step', 'unreachable', 'goes_round_without_wait', 'wait_is_zero',
  'date_is_past', 'no_event', 'bad_event', 'no_segment', 'no_template', 'no_tag', 'no_field', 'no_title', 'no_text',
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

export type AddProblem = (code: JourneyProblemCode, step: string | null, field: string, message: string, blocking?: boolean) => void

export function findProblems(graph: JourneyGraph): JourneyProblem[] {
  const problems: JourneyProblem[] = []
  const add: AddProblem = (code, step, field, message, blocking = true) => { problems.push({ code, step, field, message, blocking }) }
  checkTrigger(graph, add)
  checkRules(graph, add)
  if (graph.first === null || Object.keys(graph.steps).length === 0) add('no_steps', null, 'first', 'the journey has no steps')
  else if (!graph.steps[graph.first]) add('missing_step', null, 'first', `there is no step "${graph.first}"`)

  const reached = reachableSteps(graph)
  for (const [key, step] of Object.entries(graph.steps)) {
    if (!reached.has(key)) add('unreachable', key, `steps.${key}`, 'nobody can reach this step', false)
    for (const outlet of outletsOf(step)) {
      if (outlet.to !== null && !graph.steps[outlet.to]) add('missing_step', key, `steps.${key}.${outlet.name}`, `there is no step "${outlet.to}"`)
    }
    checkStep(key, step, graph, reached.has(key), add)
  }
  for (const key of stepsOnInstantCycles(graph)) {
    if (reached.has(key)) add('goes_round_without_wait', key, `steps.${key}`, 'the way leads round in a circle without a wait')
  }
  for (const key of endlessCircles(graph)) add('loop_without_limit', key, `steps.${key}`, 'the way leads round again and again: nothing says how often', false)
  return problems
}

function checkTrigger({ trigger }: JourneyGraph, add: AddProblem): void {
  switch (trigger.kind) {
    case 'event':
      if (trigger.event === '') add('no_event', null, 'trigger.event', 'choose the event that starts the journey')
      else if (!eventType.safeParse(trigger.event).success) add('bad_event', null, 'trigger.event', `"${trigger.event}" is not an event type, such as order.placed`)
      break
    case 'segment_entered': case 'segment_left':
      if (trigger.segment_id === null) add('no_segment', null, 'trigger.segment_id', 'choose the segment that starts the journey')
      break
    case 'date':
      if (trigger.field === '') add('no_date', null, 'trigger.field', 'choose the date that starts the journey')
      break
    case 'form': case 'manual': break
  }
}

/** Entry, exit and goals. */
function checkRules(graph: JourneyGraph, add: AddProblem): void {
  if (graph.entry_condition && mailStepsIn(graph.entry_condition).length > 0) {
    add('bad_condition', null, 'entry_condition', 'who may enter cannot depend on the mails of the journey')
  }
  if (graph.exit_condition) {
    // An empty group of "all" is true of everybody: nobody would ever get anywhere.
    if (isEmptyCondition(graph.exit_condition)) add('empty_condition', null, 'exit_condition', 'the condition is empty')
    checkMailSteps(graph.exit_condition, null, 'exit_condition', graph, add)
  }
  const keys = new Set<string>()
  for (const [index, goal] of (graph.goals ?? []).entries()) {
    const field = (name: string) => `goals.${index}.${name}`
    if (keys.has(goal.key)) add('same_way_twice', null, field('key'), `there are two goals "${goal.key}"`)
    keys.add(goal.key)
    if (isEmptyCondition(goal.condition)) add('empty_condition', null, field('condition'), 'the condition of the goal is empty')
    if (goal.to !== null && !graph.steps[goal.to]) add('goal_nowhere', null, field('to'), `there is no step "${goal.to}"`)
    checkMailSteps(goal.condition, null, field('condition'), graph, add)
  }
}

/** One step of each circle that has no limit: with waits it is allowed, but may go on for as long as nobody leaves it. */
function endlessCircles(graph: JourneyGraph): string[] {
  const found: string[] = []
  const covered = new Set<string>()
  const waysOf = (step: JourneyStep): string[] => outletsOf(step).flatMap(outlet => outlet.to === null || (step.kind === 'go_to' && outlet.name === 'to') ? [] : outlet.to)
  for (const key of reachableSteps(graph)) {
    if (covered.has(key)) continue
    const circle = circleThrough(graph, key, waysOf)
    if (circle === null) continue
    found.push(key)
    for (const one of circle) covered.add(one)
  }
  return found
}

/** The steps on ways that lead from a step back to it; null when none does. */
function circleThrough(graph: JourneyGraph, key: string, waysOf: (step: JourneyStep) => string[]): Set<string> | null {
  const forward = (from: string[]): Set<string> => {
    const seen = new Set<string>()
    const open = [...from]
    while (open.length > 0) {
      const at = open.pop()!
      const step = graph.steps[at]
      if (!step || seen.has(at)) continue
      seen.add(at)
      open.push(...waysOf(step))
    }
    return seen
  }
  const start = graph.steps[key]
  const ahead = start ? forward(waysOf(start)) : new Set<string>()
  if (!ahead.has(key)) return null
  return new Set([...ahead].filter(one => forward(waysOf(graph.steps[one]!)).has(key)))
}

/**
 * Steps from which one comes back to them without any time passing. A wait for a mail's reaction passes at once
 * when the reaction is there already, so its way counts as instant unless the circle sends that mail anew.
 */
export function stepsOnInstantCycles(graph: JourneyGraph): string[] {
  const instant = (step: JourneyStep): string[] => instantWays(step).filter(way => way !== null)
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

/** The ways out of a step that may be taken without any time passing. */
function instantWays(step: JourneyStep): (string | null)[] {
  switch (step.kind) {
    case 'wait': return durationMilliseconds(step.duration) > 0 ? [] : [step.next]
    case 'wait_for_event': return durationMilliseconds(step.timeout) > 0 ? [] : [step.next_timeout]
    case 'wait_for_condition': return durationMilliseconds(step.timeout) > 0 ? [step.next] : [step.next, step.next_timeout]
    case 'wait_until': {
      // The next Tuesday, or the next birthday, is always still to come; who has none goes on at once.
      const past = step.next_past === undefined ? step.next : step.next_past
      if ('weekdays' in step.until) return []
      return 'field' in step.until && step.until.yearly ? [past] : [step.next, past]
    }
    default: return outletsOf(step).map(outlet => outlet.to)
  }
}

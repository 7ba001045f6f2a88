import { durationMilliseconds } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { eventType } from './events.ts'
import { isEmptyCondition, mailStepsIn, outletsOf, reachableSteps } from './journey-ways.ts'
import type { AddProblem } from './journey-problems.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

/** What is wrong with one step, seen in itself and in the steps around it. */
export function checkStep(key: string, step: JourneyStep, graph: JourneyGraph, isReached: boolean, add: AddProblem): void {
  const at = (name: string) => `steps.${key}.${name}`
  const needs = (isThere: boolean, code: Parameters<AddProblem>[0], name: string, message: string) => { if (!isThere) add(code, key, at(name), message) }
  switch (step.kind) {
    case 'mail': return needs(step.template_id !== null, 'no_template', 'template_id', 'choose the mail to send')
    case 'wait':
      needs(durationMilliseconds(step.duration) > 0, 'wait_is_zero', 'duration', 'the wait is zero long')
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'wait_until':
      if ('weekdays' in step.until) needs(step.until.weekdays.length > 0, 'no_weekdays', 'until.weekdays', 'choose at least one day of the week')
      if ('field' in step.until) needs(step.until.field !== '', 'no_date', 'until.field', 'choose the date of the card')
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'wait_for_event':
      if (step.event === '') add('no_event', key, at('event'), 'choose the event to wait for')
      else if (!eventType.safeParse(step.event).success) add('bad_event', key, at('event'), `"${step.event}" is not an event type, such as email.clicked`)
      needs(durationMilliseconds(step.timeout) > 0, 'wait_is_zero', 'timeout', 'say how long to wait at most')
      if (step.mail_step !== null) checkMailStep(step.mail_step, key, at('mail_step'), graph, add)
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'wait_for_condition':
      needs(!isEmptyCondition(step.condition), 'empty_condition', 'condition', 'the condition is empty')
      needs(durationMilliseconds(step.timeout) > 0, 'wait_is_zero', 'timeout', 'say how long to wait at most')
      checkMailSteps(step.condition, key, at('condition'), graph, add)
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'condition':
      needs(!isEmptyCondition(step.condition), 'empty_condition', 'condition', 'the condition is empty')
      checkMailSteps(step.condition, key, at('condition'), graph, add)
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'split_by_value':
      needs(step.field !== '', 'no_field', 'field', 'choose the field')
      needs(step.cases.length > 0, 'no_ways', 'cases', 'say which values go which way')
      checkWayKeys(step.cases, key, at('cases'), add)
      step.cases.forEach((one, index) => needs(one.values.length > 0, 'no_ways', `cases.${index}.values`, 'choose at least one value'))
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'split_random':
      needs(step.ways.length > 1, 'no_ways', 'ways', 'a split has at least two ways')
      checkWayKeys(step.ways, key, at('ways'), add)
      needs(step.ways.length === 0 || step.ways.some(way => way.weight > 0), 'no_weight', 'ways', 'give at least one way a weight above zero')
      if (step.winner?.measure === 'goal') needs((graph.goals ?? []).length > 0, 'bad_value', 'winner.measure', 'the journey has no goal to measure by')
      return checkThatSomethingFollows(key, step, isReached, add)
    case 'hold_out': return checkThatSomethingFollows(key, step, isReached, add)
    case 'go_to':
      needs(step.to !== null, 'go_to_nowhere', 'to', 'choose the step to go to')
      if (step.to !== null && step.most_times === null && reachableSteps(graph, step.to).has(key)) add('loop_without_limit', key, at('most_times'), 'say how often one person may go this way')
      return
    case 'start_journey': case 'leave_journey': return needs(step.journey_id !== null, 'no_journey', 'journey_id', 'choose the journey')
    case 'add_tag': case 'remove_tag': return needs(step.tag_id !== null, 'no_tag', 'tag_id', 'choose the tag')
    case 'set_field': return needs(step.field !== '', 'no_field', 'field', 'choose the field')
    case 'compute_field':
      needs(step.field !== '', 'no_field', 'field', 'choose the field')
      if (step.operation === 'copy') needs((step.from_field ?? '') !== '', 'no_field', 'from_field', 'choose the field to copy')
      else if (step.operation !== 'today') needs(step.amount !== undefined, 'bad_value', 'amount', 'say how much')
      return
    case 'change_topic':
      needs(step.topic_id !== null, 'no_topic', 'topic_id', 'choose the topic')
      // A consent without its wording proves nothing.
      return needs(step.action !== 'grant' || step.wording.trim() !== '', 'no_wording', 'wording', 'say what the person agreed to, and where')
    case 'change_segment': return needs(step.segment_id !== null, 'no_segment', 'segment_id', 'choose the segment')
    case 'create_deal':
      needs(step.pipeline_id !== null, 'no_pipeline', 'pipeline_id', 'choose the pipeline')
      return needs(step.title.trim() !== '', 'no_title', 'title', 'give the deal a title')
    case 'move_deal': return needs(step.pipeline_id !== null && step.stage_id !== null, 'no_pipeline', step.pipeline_id === null ? 'pipeline_id' : 'stage_id', 'choose the pipeline and the stage')
    case 'create_lead': return
    case 'assign_manager': {
      const { rule } = step
      if (rule.kind === 'rules') return
      return needs(rule.kind === 'user' ? rule.user !== null : rule.users.length > 0, 'no_users', rule.kind === 'user' ? 'rule.user' : 'rule.users', 'choose who gets the contact')
    }
    case 'create_task': return needs(step.title.trim() !== '', 'no_title', 'title', 'say what is to be done')
    case 'notify_user': return needs(step.text.trim() !== '', 'no_text', 'text', 'write what to tell')
    case 'call_webhook':
      if (step.url.trim() === '') add('no_url', key, at('url'), 'say which address to call')
      else if (!URL.canParse(step.url) || !/^https?:$/.test(new URL(step.url).protocol)) add('bad_url', key, at('url'), 'an address beginning with http:// or https:// is expected')
      step.save.forEach((one, index) => needs(one.field !== '', 'no_field', `save.${index}.field`, 'choose the field'))
      return
    case 'give_coupon': return needs(step.pool_id !== null, 'no_pool', 'pool_id', 'choose where the codes come from')
    case 'end': return
  }
}

/** A step that only waits or chooses is there for what comes after it. */
function checkThatSomethingFollows(key: string, step: JourneyStep, isReached: boolean, add: AddProblem): void {
  if (isReached && outletsOf(step).every(outlet => outlet.to === null)) add('dead_end', key, `steps.${key}`, 'nothing follows this step', false)
}

function checkWayKeys(ways: { key: string }[], key: string, field: string, add: AddProblem): void {
  const keys = new Set<string>()
  for (const way of ways) {
    if (keys.has(way.key)) add('same_way_twice', key, field, `there are two ways "${way.key}"`)
    keys.add(way.key)
  }
}

/** Mails a condition asks about are mails of this journey. */
export function checkMailSteps(condition: Condition, step: string | null, field: string, graph: JourneyGraph, add: AddProblem): void {
  for (const mailStep of new Set(mailStepsIn(condition))) checkMailStep(mailStep, step, field, graph, add)
}

function checkMailStep(mailStep: string, step: string | null, field: string, graph: JourneyGraph, add: AddProblem): void {
  if (graph.steps[mailStep]?.kind !== 'mail') add('mail_step_is_not_a_mail', step, field, `"${mailStep}" is not a mail of this journey`)
  else if (step !== null && reachableSteps(graph).has(step) && !reachableSteps(graph, mailStep).has(step)) add('mail_step_not_before', step, field, `the mail "${mailStep}" is never sent before this step`, false)
}

import type { Db } from '../base/db.ts'
import { parseCondition, readCondition } from '../conditions/check-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { findProblems } from '../../shared/journey-problems.ts'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import { conditionFields } from '../../shared/conditions.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { whatIsUsable } from './check-journey.sql.ts'

/** Fields of the card a journey may set. */
export const settableFields = ['first_name', 'last_name', 'locale', 'time_zone', 'city', 'source', 'owner_id'] as const

/** All problems of a graph: those seen in itself, and those of what it names (templates, tags, segments …). */
export async function checkJourney(db: Db, graph: JourneyGraph): Promise<JourneyProblem[]> {
  const problems = findProblems(graph)
  const add = (code: JourneyProblem['code'], step: string | null, field: string, message: string) => {
    problems.push({ code, step, field, message, blocking: true })
  }
  const steps = Object.entries(graph.steps)
  const usable = await whatIsUsable(db, {
    templates: steps.flatMap(([, step]) => step.kind === 'mail' && step.template_id !== null ? [step.template_id] : []),
    topics: steps.flatMap(([, step]) => step.kind === 'mail' && step.topic_id !== null ? [step.topic_id] : []),
    tags: steps.flatMap(([, step]) => (step.kind === 'add_tag' || step.kind === 'remove_tag') && step.tag_id !== null ? [step.tag_id] : []),
    users: steps.flatMap(([, step]) => step.kind === 'create_task' ? step.assignee : step.kind === 'notify_user' ? step.user : []).filter(user => user !== 'owner'),
    segments: graph.trigger.kind === 'segment_entered' && graph.trigger.segment_id !== null ? [graph.trigger.segment_id] : [],
    forms: graph.trigger.kind === 'form' && graph.trigger.form_id !== null ? [graph.trigger.form_id] : [],
  })
  const context = await loadConditionContext(db)

  const { trigger } = graph
  if (trigger.kind === 'segment_entered' && trigger.segment_id !== null && !usable.segments.has(trigger.segment_id)) add('segment_gone', null, 'trigger.segment_id', `there is no segment ${trigger.segment_id}`)
  if (trigger.kind === 'form' && trigger.form_id !== null && !usable.forms.has(trigger.form_id)) add('form_gone', null, 'trigger.form_id', `there is no form ${trigger.form_id}`)
  if (trigger.kind === 'event' && trigger.where && trigger.where.length > 0) {
    const { errors } = parseCondition({ event: 'page.viewed', where: trigger.where }, context, { path: 'trigger' })
    for (const error of errors) add('bad_condition', null, error.field, error.message)
  }
  if (graph.entry_condition) {
    const { errors } = await readCondition(db, graph.entry_condition, { path: 'entry_condition' })
    for (const error of errors) add('bad_condition', null, error.field, error.message)
  }

  for (const [key, step] of steps) {
    const field = (name: string) => `steps.${key}.${name}`
    switch (step.kind) {
      case 'mail':
        if (step.template_id !== null && !usable.templates.has(step.template_id)) add('template_archived', key, field('template_id'), 'the chosen mail is archived or gone')
        if (step.topic_id !== null && !usable.topics.has(step.topic_id)) add('topic_gone', key, field('topic_id'), 'the chosen topic is archived or gone')
        break
      case 'add_tag': case 'remove_tag':
        if (step.tag_id !== null && !usable.tags.has(step.tag_id)) add('tag_gone', key, field('tag_id'), 'the chosen tag is gone')
        break
      case 'condition': {
        const { errors } = await readCondition(db, step.condition, { path: field('condition'), journey: true })
        for (const error of errors) add('bad_condition', key, error.field, error.message)
        break
      }
      case 'set_field':
        if (step.field !== '' && !isSettable(step.field, context.customFields)) add('field_gone', key, field('field'), step.field in conditionFields ? `"${step.field}" cannot be set by a journey` : `there is no field "${step.field}"`)
        break
      case 'create_task':
        if (step.assignee !== 'owner' && !usable.users.has(step.assignee)) add('user_gone', key, field('assignee'), 'the chosen user does not work here any more')
        break
      case 'notify_user':
        if (step.user !== 'owner' && !usable.users.has(step.user)) add('user_gone', key, field('user'), 'the chosen user does not work here any more')
        break
      default: break
    }
  }
  return problems
}

function isSettable(field: string, customFields: readonly { key: string }[]): boolean {
  return (settableFields as readonly string[]).includes(field) || customFields.some(custom => field === `fields.${custom.key}`)
}

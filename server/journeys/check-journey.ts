import type { Db } from '../base/db.ts'
import { fieldKind } from '../conditions/card-fields.sql.ts'
import { parseCondition, readCondition } from '../conditions/check-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { checkInput } from '../contacts/check-input.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { findProblems } from '../../shared/journey-problems.ts'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import { conditionFields } from '../../shared/conditions.ts'
import type { Condition, PropertyFilter } from '../../shared/conditions.ts'
import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { AssignmentRule, JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { whatIsUsable } from './check-journey.sql.ts'
import type { Named, UsableKind } from './check-journey.sql.ts'

/** Fields of the card a journey may set. */
export const settableFields = ['first_name', 'last_name', 'locale', 'time_zone', 'city', 'source', 'job_title', 'owner_id'] as const

/** All problems of a graph: those seen in itself, and those of what it names (templates, tags, segments, fields, conditions …). */
export async function checkJourney(db: Db, graph: JourneyGraph, now = new Date()): Promise<JourneyProblem[]> {
  const problems = findProblems(graph)
  const steps = Object.entries(graph.steps)
  const context = await loadConditionContext(db)
  const inputs = await loadInputContext(db)
  const usable = await whatIsUsable(db, namedBy(graph))
  const add = (code: JourneyProblem['code'], step: string | null, field: string, message: string, blocking = true) => { problems.push({ code, step, field, message, blocking }) }
  const isThere = (kind: UsableKind, id: number | null, code: JourneyProblem['code'], step: string | null, field: string, message: string) => {
    if (id !== null && !usable[kind].has(id)) add(code, step, field, message)
  }
  const checkCondition = async (condition: Condition, step: string | null, path: string, journey: boolean) => {
    const { errors } = await readCondition(db, condition, { path, journey })
    for (const error of errors) add('bad_condition', step, error.field, error.message)
  }
  const checkWhere = (where: PropertyFilter[] | undefined, step: string | null, path: string) => {
    if (!where || where.length === 0) return
    const { errors } = parseCondition({ event: 'page.viewed', where }, context, { path })
    for (const error of errors) add('bad_condition', step, error.field, error.message)
  }
  const checkDate = (field: string, step: string | null, path: string) => {
    const kind = fieldKind(field, context)
    if (field !== '' && kind !== 'date') add(kind === undefined ? 'field_gone' : 'bad_value', step, path, kind === undefined ? `there is no field "${field}"` : `"${field}" is not a date of the card`)
  }
  const checkSettable = (field: string, step: string, path: string): boolean => {
    if (field === '' || isSettable(field, inputs.fields)) return field !== ''
    add('field_gone', step, path, field in conditionFields ? `"${field}" cannot be set by a journey` : `there is no field "${field}"`)
    return false
  }

  const { trigger } = graph
  if (trigger.kind === 'segment_entered' || trigger.kind === 'segment_left') isThere('segments', trigger.segment_id, 'segment_gone', null, 'trigger.segment_id', `there is no segment ${trigger.segment_id}`)
  if (trigger.kind === 'form') isThere('forms', trigger.form_id, 'form_gone', null, 'trigger.form_id', `there is no form ${trigger.form_id}`)
  if (trigger.kind === 'event') checkWhere(trigger.where, null, 'trigger')
  if (trigger.kind === 'date') checkDate(trigger.field, null, 'trigger.field')
  if (graph.entry_condition) await checkCondition(graph.entry_condition, null, 'entry_condition', false)
  if (graph.exit_condition) await checkCondition(graph.exit_condition, null, 'exit_condition', true)
  for (const [index, goal] of (graph.goals ?? []).entries()) await checkCondition(goal.condition, null, `goals.${index}.condition`, true)

  for (const [key, step] of steps) {
    const field = (name: string) => `steps.${key}.${name}`
    switch (step.kind) {
      case 'mail':
        isThere('templates', step.template_id, 'template_archived', key, field('template_id'), 'the chosen mail is archived or gone')
        isThere('topics', step.topic_id, 'topic_gone', key, field('topic_id'), 'the chosen topic is archived or gone')
        // Whoever came by a form agreed to its topics just now.
        if (trigger.kind !== 'form' && step.template_id !== null && step.topic_id === null && !usable.mails_without_topic.has(step.template_id)) add('no_consent_topic', key, field('topic_id'), 'no topic is chosen: whoever agreed to any topic gets this mail', false)
        break
      case 'wait_until':
        if ('field' in step.until) checkDate(step.until.field, key, field('until.field'))
        // A day of difference between the zones of the world and a bit.
        if ('date' in step.until && Date.parse(`${step.until.date}T${step.until.at}:00Z`) < now.getTime() - 86_400_000) add('date_is_past', key, field('until.date'), 'this date is over: nobody waits for it', false)
        break
      case 'wait_for_event': checkWhere(step.where, key, field('where')); break
      case 'condition': case 'wait_for_condition': await checkCondition(step.condition, key, field('condition'), true); break
      case 'split_by_value':
        if (step.field !== '' && fieldKind(step.field, context) === undefined) add('field_gone', key, field('field'), `there is no field "${step.field}"`)
        break
      case 'start_journey': case 'leave_journey': isThere('journeys', step.journey_id, 'journey_gone', key, field('journey_id'), 'the chosen journey is archived or gone'); break
      case 'add_tag': case 'remove_tag': isThere('tags', step.tag_id, 'tag_gone', key, field('tag_id'), 'the chosen tag is gone'); break
      case 'set_field':
        if (checkSettable(step.field, key, field('field'))) {
          const wrong = wrongValue(step.field, step.value, inputs)
          if (wrong) add('bad_value', key, field('value'), wrong)
        }
        break
      case 'compute_field': {
        const copied = step.operation === 'copy' && step.from_field ? fieldKind(step.from_field, context) : 'known'
        if (copied === undefined) add('field_gone', key, field('from_field'), `there is no field "${step.from_field}"`)
        if (!checkSettable(step.field, key, field('field')) || step.operation === 'copy') break
        const kind = fieldKind(step.field, context) ?? 'text'
        if (!(step.operation === 'today' ? ['date', 'text'] : ['number', 'money']).includes(kind)) add('bad_value', key, field('operation'), `"${step.field}" is no ${step.operation === 'today' ? 'date' : 'number'}`)
        break
      }
      case 'change_topic': isThere('topics', step.topic_id, 'topic_gone', key, field('topic_id'), 'the chosen topic is archived or gone'); break
      case 'change_segment':
        if (step.segment_id !== null && usable.segments.has(step.segment_id)) isThere('static_segments', step.segment_id, 'segment_not_static', key, field('segment_id'), 'people are put into static segments only: this one follows its condition')
        else isThere('segments', step.segment_id, 'segment_gone', key, field('segment_id'), 'the chosen segment is archived or gone')
        break
      case 'create_deal': case 'move_deal':
        if (step.kind === 'create_deal' && step.owner !== 'owner') isThere('users', step.owner, 'user_gone', key, field('owner'), 'the chosen user does not work here any more')
        if (step.pipeline_id !== null && !usable.pipelines.has(step.pipeline_id)) add('pipeline_gone', key, field('pipeline_id'), 'the chosen pipeline is archived or gone')
        else isThere('stages', step.stage_id, 'pipeline_gone', key, field('stage_id'), 'the chosen stage is gone')
        break
      case 'assign_manager': {
        const users = usersOf(step.rule)
        const gone = users.filter(user => !usable.users.has(user))
        if (gone.length > 0) add('user_gone', key, field(step.rule.kind === 'user' ? 'rule.user' : 'rule.users'), 'somebody chosen does not work here any more', gone.length === users.length)
        break
      }
      case 'create_task': if (step.assignee !== 'owner') isThere('users', step.assignee, 'user_gone', key, field('assignee'), 'the chosen user does not work here any more'); break
      case 'notify_user': if (step.user !== 'owner') isThere('users', step.user, 'user_gone', key, field('user'), 'the chosen user does not work here any more'); break
      case 'call_webhook': step.save.forEach((one, index) => checkSettable(one.field, key, field(`save.${index}.field`))); break
      case 'give_coupon':
        isThere('pools', step.pool_id, 'pool_gone', key, field('pool_id'), 'the chosen codes are archived or gone')
        if (step.pool_id !== null && usable.pools.has(step.pool_id) && !usable.filled_pools.has(step.pool_id)) add('pool_empty', key, field('pool_id'), 'no code is left to give', false)
        break
      case 'wait': case 'split_random': case 'hold_out': case 'go_to': case 'create_lead': case 'end': break
    }
  }
  return problems
}

const usersOf = (rule: AssignmentRule): number[] => 'users' in rule ? rule.users : 'user' in rule && rule.user !== null ? [rule.user] : []

/** Everything a graph names by its number. */
function namedBy(graph: JourneyGraph): Named {
  const named: Named = { templates: [], topics: [], tags: [], users: [], segments: [], forms: [], journeys: [], pipelines: [], stages: [], pools: [] }
  const name = (kind: keyof Named, ...ids: (number | string | null | undefined)[]) => { named[kind].push(...ids.filter(id => typeof id === 'number')) }
  if ('segment_id' in graph.trigger) name('segments', graph.trigger.segment_id)
  if ('form_id' in graph.trigger) name('forms', graph.trigger.form_id)
  for (const step of Object.values(graph.steps) as (JourneyStep & Record<string, never>)[]) {
    name('templates', step['template_id'])
    name('topics', step['topic_id'])
    name('tags', step['tag_id'])
    name('segments', step['segment_id'])
    name('journeys', step['journey_id'])
    name('pipelines', step['pipeline_id'])
    name('stages', step['stage_id'])
    name('pools', step['pool_id'])
    name('users', step['owner'], step['assignee'], step['user'])
    if (step.kind === 'assign_manager') name('users', ...usersOf(step.rule))
  }
  return named
}

type InputContext = Awaited<ReturnType<typeof loadInputContext>>

/** What the card would say to the value; undefined: it takes it. */
function wrongValue(field: string, value: FieldValue, context: InputContext): string | undefined {
  const input: ContactInput = field.startsWith('fields.') ? { fields: { [field.slice('fields.'.length)]: value } } : { [field]: value }
  const checked = checkInput(input, context)
  return 'errors' in checked ? checked.errors.find(error => error.field === field)?.message : undefined
}

function isSettable(field: string, customFields: ReadonlyMap<string, unknown>): boolean {
  return (settableFields as readonly string[]).includes(field) || (field.startsWith('fields.') && customFields.has(field.slice('fields.'.length)))
}

import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { countLeaves } from '../conditions/condition-tree.ts'
import { useDescribe } from '../conditions/describe.ts'
import { useLabels } from '../conditions/vocabulary.ts'
import { mailStepsIn } from '../../shared/journey-problems.ts'
import { serverWords } from '../ui/server-words.ts'
import type { Place } from './graph.ts'
import { labelOf } from './lookups.ts'
import type { Lookups } from './lookups.ts'

/** Steps, triggers and ways in words, the same on the canvas, in the list and in a person's way. */
export function useStepWords(lookups: Lookups) {
  const { t } = useTranslation('journeys')
  const describe = useDescribe(lookups.vocabulary)
  const labels = useLabels(lookups.vocabulary)
  const duration = describe.length
  const event = labels.event
  // While the names are still being read there is nothing to say.
  const named = (choices: Lookups['tags'], id: number | null) => id === null ? undefined : labelOf(choices, id) ?? (lookups.vocabulary === undefined ? '…' : t('something_gone'))
  const user = (value: 'owner' | number) => value === 'owner' ? t('owner') : labelOf(lookups.users, value) ?? t('something_gone')
  const title = (step: JourneyStep) => t(`kinds.${step.kind}`)
  const mailName = (graph: JourneyGraph | undefined, key: string): string | undefined => {
    const mail = graph?.steps[key]
    return mail?.kind === 'mail' ? named(lookups.templates, mail.template_id) ?? t('kinds.mail') : undefined
  }
  const condition = (value: Condition, graph?: JourneyGraph): string => {
    const only = 'all' in value && value.all.length === 1 ? value.all[0]! : value
    if ('mail_step' in only) return t(only.happened ? `reactions.${only.reaction}` : `no_reactions.${only.reaction}`, { mail: mailName(graph, only.mail_step) ?? only.mail_step })
    return mailStepsIn(value).reduce((words, key) => words.replaceAll(`“${key}”`, `“${mailName(graph, key) ?? key}”`), describe.condition(value))
  }
  /** one line that says what the step does; undefined while it is not chosen yet */
  const summary = (step: JourneyStep, graph?: JourneyGraph): string | undefined => {
    switch (step.kind) {
      case 'mail': return named(lookups.templates, step.template_id)
      case 'wait': return duration(step.duration)
      case 'wait_for_event': {
        const mail = step.mail_step === null ? undefined : mailName(graph, step.mail_step)
        return mail === undefined
          ? t('summary.wait_for_event', { event: event(step.event), timeout: duration(step.timeout) })
          : t('summary.wait_for_reaction', { event: event(step.event), mail, timeout: duration(step.timeout) })
      }
      case 'condition': return countLeaves(step.condition) === 0 ? undefined : condition(step.condition, graph)
      case 'add_tag': case 'remove_tag': return named(lookups.tags, step.tag_id)
      case 'set_field': return step.field === '' ? undefined : t('summary.set_field', { field: labels.field(step.field), value: step.value === null || step.value === '' ? t('nothing') : String(step.value) })
      case 'create_task': return step.title || undefined
      case 'notify_user': return step.text === '' ? undefined : t('summary.notify_user', { user: user(step.user), text: step.text })
      case 'end': return t('summary.end')
      default: return undefined
    }
  }
  const trigger = ({ trigger: value }: Pick<JourneyGraph, 'trigger'>): string => {
    switch (value.kind) {
      case 'event': return value.event === '' ? t('trigger_words.no_event') : t('trigger_words.event', { event: event(value.event) })
      case 'segment_entered': return value.segment_id === null ? t('trigger_words.no_segment') : t('trigger_words.segment', { segment: named(lookups.segments, value.segment_id) })
      case 'form': return value.form_id === null ? t('trigger_words.any_form') : t('trigger_words.form', { form: named(lookups.forms, value.form_id) })
      case 'manual': return t('trigger_words.manual')
      default: return ''
    }
  }
  const way = (place: Place, step: JourneyStep | undefined): string | undefined => {
    if (place.outlet === 'next_yes') return t('ways.yes')
    if (place.outlet === 'next_no') return t('ways.no')
    if (place.outlet === 'next_timeout') return t('ways.timeout')
    return step?.kind === 'wait_for_event' ? t('ways.happened') : undefined
  }
  /** how somebody left a step */
  const outcome = (value: string) => t(`outcomes.${value}`, { defaultValue: value })
  /** why a step failed or a person left */
  const reason = (value: string) => {
    if (/^[a-z_]+$/.test(value)) return t(`reasons.${value}`, { defaultValue: value })
    const [, field, message] = /^([a-z_.]+): (.*)$/s.exec(value) ?? []
    return field !== undefined && message !== undefined ? `${labels.field(field)}: ${serverWords(message)}` : serverWords(value)
  }
  return { duration, event, title, summary, condition, mailName, trigger, way, outcome, reason, field: labels.field, user }
}
export type StepWords = ReturnType<typeof useStepWords>

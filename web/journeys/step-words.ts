import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Condition, Duration } from '../../shared/conditions.ts'
import { knownEvents } from '../../shared/events.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import type { Place } from './graph.ts'
import { labelOf } from './lookups.ts'
import type { Lookups } from './lookups.ts'

/** Steps, triggers and ways in words, the same on the canvas, in the list and in a person's way. */
export function useStepWords(lookups: Lookups) {
  const { t } = useTranslation('journeys')
  return useMemo(() => {
    const duration = (value: Duration) => t(`durations.${value.unit}`, { count: value.amount })
    const event = (type: string) => type in knownEvents ? t(`events.${type.replace('.', '_')}`) : type
    const named = (choices: Lookups['tags'], id: number | null) => id === null ? undefined : labelOf(choices, id) ?? t('something_gone')
    const user = (value: 'owner' | number) => value === 'owner' ? t('owner') : labelOf(lookups.users, value) ?? t('something_gone')
    const fieldName = (field: string) => field.startsWith('fields.')
      ? lookups.fields.find(one => `fields.${one.key}` === field)?.label ?? field
      : t(`card_fields.${field}`, { defaultValue: field })
    const title = (step: JourneyStep) => t(`kinds.${step.kind}`)
    /** one line that says what the step does; undefined while it is not chosen yet */
    const summary = (step: JourneyStep, graph?: JourneyGraph): string | undefined => {
      switch (step.kind) {
        case 'mail': return named(lookups.templates, step.template_id)
        case 'wait': return duration(step.duration)
        case 'wait_for_event': {
          const mail = step.mail_step === null ? undefined : graph?.steps[step.mail_step]
          const mailName = mail?.kind === 'mail' ? named(lookups.templates, mail.template_id) : undefined
          return mailName === undefined
            ? t('summary.wait_for_event', { event: event(step.event), timeout: duration(step.timeout) })
            : t('summary.wait_for_reaction', { event: event(step.event), mail: mailName, timeout: duration(step.timeout) })
        }
        case 'condition': return leaves(step.condition) === 0 ? undefined : reaction(step.condition, graph) ?? t('summary.conditions', { count: leaves(step.condition) })
        case 'add_tag': case 'remove_tag': return named(lookups.tags, step.tag_id)
        case 'set_field': return step.field === '' ? undefined : t('summary.set_field', { field: fieldName(step.field), value: step.value === null || step.value === '' ? t('nothing') : String(step.value) })
        case 'create_task': return step.title || undefined
        case 'notify_user': return step.text === '' ? undefined : t('summary.notify_user', { user: user(step.user), text: step.text })
        case 'end': return t('summary.end')
      }
    }
    /** The commonest condition of a journey, in words: a reaction to one of its mails. */
    const reaction = (condition: Condition, graph?: JourneyGraph): string | undefined => {
      const only = 'all' in condition && condition.all.length === 1 ? condition.all[0]! : condition
      if (!('mail_step' in only)) return undefined
      const mail = graph?.steps[only.mail_step]
      const name = mail?.kind === 'mail' ? named(lookups.templates, mail.template_id) ?? only.mail_step : only.mail_step
      return t(only.happened ? `reactions.${only.reaction}` : `no_reactions.${only.reaction}`, { mail: name })
    }
    const trigger = ({ trigger: value }: Pick<JourneyGraph, 'trigger'>): string => {
      switch (value.kind) {
        case 'event': return value.event === '' ? t('trigger_words.no_event') : t('trigger_words.event', { event: event(value.event), count: value.where?.length ?? 0 })
        case 'segment_entered': return value.segment_id === null ? t('trigger_words.no_segment') : t('trigger_words.segment', { segment: named(lookups.segments, value.segment_id) })
        case 'form': return value.form_id === null ? t('trigger_words.any_form') : t('trigger_words.form', { form: named(lookups.forms, value.form_id) })
        case 'manual': return t('trigger_words.manual')
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
    const reason = (value: string) => /^[a-z_]+$/.test(value) ? t(`reasons.${value}`, { defaultValue: value }) : value
    return { duration, event, title, summary, trigger, way, outcome, reason, fieldName, user }
  }, [t, lookups])
}
export type StepWords = ReturnType<typeof useStepWords>

function leaves(condition: Condition): number {
  if ('all' in condition) return condition.all.reduce((sum, part) => sum + leaves(part), 0)
  if ('any' in condition) return condition.any.reduce((sum, part) => sum + leaves(part), 0)
  return 'not' in condition ? leaves(condition.not) : 1
}

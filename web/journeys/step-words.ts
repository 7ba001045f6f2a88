import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import { mailStepsIn } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { countLeaves } from '../conditions/condition-tree.ts'
import { useDescribe } from '../conditions/describe.ts'
import { useLabels } from '../conditions/vocabulary.ts'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'
import { labelOf } from './lookups.ts'
import type { Choice, Lookups } from './lookups.ts'
import type { Place } from './ways.ts'

/** 1 Monday … 7 Sunday, in the reader's language: 5 January 2026 was a Monday. */
export const weekdayName = (language: string, day: number, length: 'short' | 'long' = 'short'): string => new Intl.DateTimeFormat(language, { weekday: length, timeZone: 'UTC' }).format(Date.UTC(2026, 0, 4 + day))

/** The share of one way of a split, in percent. */
export const shareOf = (step: Extract<JourneyStep, { kind: 'split_random' }>, weight: number): number => {
  const all = step.ways.reduce((sum, way) => sum + way.weight, 0)
  return all === 0 ? 0 : weight / all
}

/** Other steps whose names the summary of this one holds. */
function stepsNamedIn(step: JourneyStep): string[] {
  if (step.kind === 'go_to') return step.to === null ? [] : [step.to]
  if (step.kind === 'wait_for_event') return step.mail_step === null ? [] : [step.mail_step]
  return 'condition' in step ? mailStepsIn(step.condition) : []
}

/** Steps, triggers and ways in words, the same on the canvas, in the list and in a person's way. */
export function useStepWords(lookups: Lookups) {
  const { t, i18n } = useTranslation('journeys')
  const describe = useDescribe(lookups.vocabulary)
  const labels = useLabels(lookups.vocabulary)
  const format = useFormat()
  // The words change with the names they are made of and with the language, not with every drawing.
  return useMemo(() => makeWords(), [lookups, i18n.language])

  function makeWords() {
    const called = new WeakMap<JourneyStep, Map<string, string | undefined>>()
    const said = new WeakMap<JourneyStep, { about: (JourneyStep | undefined)[], text: string | undefined }>()
    const duration = describe.length
    const event = labels.event
    // While the names are still being read there is nothing to say.
    const named = (choices: Choice[], id: number | null) => id === null ? undefined : labelOf(choices, id) ?? (lookups.vocabulary === undefined ? '…' : t('something_gone'))
    const user = (value: 'owner' | number) => value === 'owner' ? t('owner') : labelOf(lookups.users, value) ?? t('something_gone')
    const kinds = new Map<string, string>()
    const kindName = (kind: JourneyStep['kind']): string => {
      const known = kinds.get(kind) ?? t(`kinds.${kind}`)
      kinds.set(kind, known)
      return known
    }
    const title = (step: JourneyStep) => step.name?.trim() ? step.name : kindName(step.kind)
    const field = (name: string) => name === '' ? t('not_chosen') : labels.field(name)
    const mailName = (graph: JourneyGraph | undefined, key: string): string | undefined => {
      const mail = graph?.steps[key]
      if (mail?.kind !== 'mail') return undefined
      return mail.name?.trim() ? mail.name : named(lookups.templates, mail.template_id) ?? t('kinds.mail')
    }
    const condition = (value: Condition, graph?: JourneyGraph): string => {
      const only = 'all' in value && value.all.length === 1 ? value.all[0]! : value
      if ('mail_step' in only) return t(only.happened ? `reactions.${only.reaction}` : `no_reactions.${only.reaction}`, { mail: mailName(graph, only.mail_step) ?? only.mail_step })
      return mailStepsIn(value).reduce((words, key) => words.replaceAll(`“${key}”`, `“${mailName(graph, key) ?? key}”`), describe.condition(value))
    }
    const stepName = (graph: JourneyGraph | undefined, key: string | null): string | undefined => {
      const step = key === null ? undefined : graph?.steps[key]
      return step && (step.kind === 'mail' && !step.name?.trim() ? mailName(graph, key!) : title(step))
    }
    const stage = (pipeline: number | null, id: number | null): string | undefined => {
      const found = lookups.pipelines.find(one => one.id === pipeline)
      if (pipeline === null) return undefined
      if (!found) return lookups.vocabulary === undefined ? '…' : t('something_gone')
      const name = found.stages.find(one => one.id === id)?.name
      return name === undefined ? found.name : `${found.name}, ${name}`
    }
    const weekdays = (days: number[]) => days.length === 7 ? t('every_day') : days.toSorted().map(day => weekdayName(i18n.language, day)).join(', ')
    const dateOffset = (of: string, days: number) => days === 0 ? t('offset.same', { field: field(of) }) : t(days < 0 ? 'offset.before' : 'offset.after', { count: Math.abs(days), field: field(of) })
    const until = (step: Extract<JourneyStep, { kind: 'wait_until' }>): string | undefined => {
      if ('date' in step.until) return t('summary.until_date', { day: format.day(`${step.until.date}T12:00:00Z`), time: step.until.at })
      if ('weekdays' in step.until) return step.until.weekdays.length === 0 ? undefined : t('summary.until_weekday', { days: weekdays(step.until.weekdays), time: step.until.at })
      return step.until.field === '' ? undefined : t('summary.until_field', { when: dateOffset(step.until.field, step.until.offset_days), time: step.until.at })
    }
    /** one line that says what the step does; undefined while it is not chosen yet. Said once for a step, as long as those it speaks of stay as they are. */
    const summary = (step: JourneyStep, graph?: JourneyGraph): string | undefined => {
      const about = stepsNamedIn(step).map(key => graph?.steps[key])
      const known = said.get(step)
      if (known && known.about.length === about.length && known.about.every((one, index) => one === about[index])) return known.text
      const text = summarize(step, graph)
      said.set(step, { about, text })
      return text
    }
    const summarize = (step: JourneyStep, graph?: JourneyGraph): string | undefined => {
      switch (step.kind) {
        case 'mail': return named(lookups.templates, step.template_id)
        case 'wait': return duration(step.duration)
        case 'wait_until': return until(step)
        case 'wait_for_event': {
          const mail = step.mail_step === null ? undefined : mailName(graph, step.mail_step)
          return mail === undefined
            ? t('summary.wait_for_event', { event: event(step.event), timeout: duration(step.timeout) })
            : t('summary.wait_for_reaction', { event: event(step.event), mail, timeout: duration(step.timeout) })
        }
        case 'wait_for_condition': return countLeaves(step.condition) === 0 ? undefined : t('summary.wait_for_condition', { condition: condition(step.condition, graph), timeout: duration(step.timeout) })
        case 'condition': return countLeaves(step.condition) === 0 ? undefined : condition(step.condition, graph)
        case 'split_by_value': return step.field === '' ? undefined : t('summary.split_by_value', { field: field(step.field), count: step.cases.length })
        case 'split_random': return step.ways.map(way => `${way.name || way.key}: ${format.percent(shareOf(step, way.weight), 0)}`).join(' · ')
        case 'hold_out': return t('summary.hold_out', { percent: format.percent(step.percent / 100) })
        case 'go_to': {
          const to = stepName(graph, step.to)
          if (to === undefined) return undefined
          return step.most_times === null ? t('summary.go_to_always', { step: to }) : t('summary.go_to', { step: to, count: step.most_times })
        }
        case 'start_journey': case 'leave_journey': return named(lookups.journeys, step.journey_id)
        case 'add_tag': case 'remove_tag': return named(lookups.tags, step.tag_id)
        case 'set_field': return step.field === '' ? undefined : t('summary.set_field', { field: field(step.field), value: step.value === null || step.value === '' ? t('nothing') : describe.value(step.field, step.value) })
        case 'compute_field': {
          if (step.field === '') return undefined
          const values = { field: field(step.field), amount: format.number(step.amount ?? 0), from: field(step.from_field ?? ''), count: step.amount ?? 0 }
          return t(step.operation === 'today' && !step.amount ? 'summary.compute_today_now' : `summary.compute_${step.operation}`, values)
        }
        case 'change_topic': return step.topic_id === null ? undefined : t(`summary.topic_${step.action}`, { topic: named(lookups.topics, step.topic_id) })
        case 'change_segment': return step.segment_id === null ? undefined : t(`summary.segment_${step.action}`, { segment: named(lookups.segments, step.segment_id) })
        case 'create_deal': return step.pipeline_id === null ? undefined : step.title === '' ? stage(step.pipeline_id, step.stage_id) : t('summary.create_deal', { title: step.title, stage: stage(step.pipeline_id, step.stage_id) })
        case 'move_deal': return step.stage_id === null ? undefined : stage(step.pipeline_id, step.stage_id)
        case 'create_lead': return step.label === '' ? t('summary.create_lead') : step.label
        case 'assign_manager': return step.rule.kind === 'rules' ? t('summary.assign_rules') : step.rule.kind === 'user'
          ? step.rule.user === null ? undefined : user(step.rule.user)
          : step.rule.users.length === 0 ? undefined : t(`summary.assign_${step.rule.kind}`, { users: step.rule.users.map(user).join(', ') })
        case 'create_task': return step.title || undefined
        case 'notify_user': return step.text === '' ? undefined : t('summary.notify_user', { user: user(step.user), text: step.text })
        case 'call_webhook': return step.url === '' ? undefined : step.url.replace(/^https?:\/\//, '')
        case 'give_coupon': return named(lookups.pools, step.pool_id)
        case 'end': return t('summary.end')
      }
    }
    const trigger = ({ trigger: value }: Pick<JourneyGraph, 'trigger'>): string => {
      switch (value.kind) {
        case 'event': return value.event === '' ? t('trigger_words.no_event') : t('trigger_words.event', { event: event(value.event) })
        case 'segment_entered': return value.segment_id === null ? t('trigger_words.no_segment') : t('trigger_words.segment', { segment: named(lookups.segments, value.segment_id) })
        case 'segment_left': return value.segment_id === null ? t('trigger_words.no_segment') : t('trigger_words.segment_left', { segment: named(lookups.segments, value.segment_id) })
        case 'date': return value.field === '' ? t('trigger_words.no_date') : t(value.repeat === 'yearly' ? 'trigger_words.date_yearly' : 'trigger_words.date', { when: dateOffset(value.field, value.offset_days), time: value.at })
        case 'form': return value.form_id === null ? t('trigger_words.any_form') : t('trigger_words.form', { form: named(lookups.forms, value.form_id) })
        case 'manual': return t('trigger_words.manual')
      }
    }
    /** what a way out is called; undefined: the only one there is */
    const way = (place: Place, step: JourneyStep | undefined): string | undefined => {
      if (step === undefined) return undefined
      const known = called.get(step) ?? new Map<string, string | undefined>()
      called.set(step, known)
      if (!known.has(place.outlet)) known.set(place.outlet, callWay(place, step))
      return known.get(place.outlet)
    }
    const callWay = (place: Place, step: JourneyStep): string | undefined => {
      switch (place.outlet) {
        case 'next_yes': return t('ways.yes')
        case 'next_no': return t('ways.no')
        case 'next_timeout': return t('ways.timeout')
        case 'next_past': return t('ways.past')
        case 'next_else': return t('ways.else')
        case 'next_held': return t('ways.held')
        case 'next_failed': return t('ways.failed')
        case 'to': return t('ways.to')
        case 'next': break
        default: {
          const key = place.outlet.replace(/^way:/, '')
          if (step.kind === 'split_by_value') return step.cases.find(one => one.key === key)?.values.map(value => describe.value(step.field, value)).join(', ') || t('ways.no_values')
          const found = step.kind === 'split_random' ? step.ways.find(one => one.key === key) : undefined
          return found && step.kind === 'split_random' ? `${found.name || found.key} · ${format.percent(shareOf(step, found.weight), 0)}` : key
        }
      }
      if (step.kind === 'wait_for_event') return t('ways.happened')
      if (step.kind === 'wait_for_condition') return t('ways.became_true')
      if (step.kind === 'hold_out') return t('ways.not_held')
      if (step.kind === 'go_to') return step.most_times === null ? t('ways.never') : t('ways.after_times', { count: step.most_times })
      if (step.kind === 'wait_until' && step.next_past !== undefined) return t('ways.in_time')
      return 'next_failed' in step && step.next_failed !== undefined ? t('ways.done') : undefined
    }
    /** how somebody left a step; `step`: so that a way of a split is called by its name */
    const outcome = (value: string, step?: JourneyStep) => value.startsWith('way:') && step
      ? way({ step: '', outlet: value }, step) ?? value
      : t(`outcomes.${value}`, { defaultValue: value.replace(/^way:/, '') })
    /** why a step failed or a person left: a code, a code with what it is about (`goal:bought`), or a field and what is wrong with it */
    const reason = (value: string, graph?: JourneyGraph) => {
      if (/^[a-z_]+$/.test(value)) return t(`reasons.${value}`, { defaultValue: value })
      const [, code, about] = /^(goal|journey|times|user|version|status|webhook_bad_status):([a-z0-9_]+)$/.exec(value) ?? []
      if (code === 'version') return t('reasons.version', { number: about })
      if (code === 'status' || code === 'webhook_bad_status') return t(`reasons.${code}`, { status: about })
      if (code === 'times') return t('reasons.times', { count: Number(about) })
      if (code === 'user') return t('reasons.user', { user: user(Number(about)) })
      if (code === 'goal') return t('reasons.goal', { goal: graph?.goals?.find(goal => goal.key === about)?.name ?? about })
      if (code === 'journey') return t('reasons.journey', { journey: labelOf(lookups.journeys, Number(about)) ?? about })
      const [, name, message] = /^([a-z_.]+): (.*)$/s.exec(value) ?? []
      return name !== undefined && message !== undefined ? `${labels.field(name)}: ${serverWords(message)}` : serverWords(value)
    }
    return { duration, event, title, summary, condition, mailName, stepName, trigger, way, outcome, reason, field, user, weekdays }
  }
}
export type StepWords = ReturnType<typeof useStepWords>

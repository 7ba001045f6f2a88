import { Group, Select, Text } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import type { EventLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice } from './choice.tsx'
import { newWindow, windowMode } from './counting.ts'
import type { WindowMode } from './counting.ts'
import { DurationInput } from './duration-input.tsx'
import { useLabels } from './vocabulary.ts'

type Window = EventLeaf['window']
type Props = { window: Window, modes: readonly WindowMode[], vocabulary: ConditionVocabulary, onChange: (window: Window) => void, disabled: boolean }

/** When it happened. */
export function WindowEditor(props: Props) {
  const { window, onChange, disabled } = props
  const { t } = useTranslation('conditions')
  const mode = windowMode(window)
  const modes = props.modes.includes(mode) ? props.modes : [...props.modes, mode]
  return (
    <>
      <Choice label={t('window.mode')} disabled={disabled} options={modes.map(one => ({ value: one, label: t(`window.${one}`) }))} value={mode} onChange={one => onChange(newWindow(one, window))} />
      <Details {...props} />
    </>
  )
}

function Details({ window, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  if (window === undefined || 'since_entry' in window) return null
  if ('last' in window) return <DurationInput value={window.last} disabled={disabled} onChange={last => onChange({ last })} />
  if ('before' in window) {
    return <Group gap={6} wrap="nowrap"><DurationInput value={window.before} disabled={disabled} onChange={before => onChange({ before })} /><Text size="sm">{t('window.ago')}</Text></Group>
  }
  if ('after_field' in window) {
    const dates = [...Object.entries(conditionFields).filter(([, kind]) => kind === 'date').map(([name]) => name), ...vocabulary.custom_fields.filter(field => field.kind === 'date').map(field => `fields.${field.key}`)]
    return (
      <Group gap={6}>
        <DurationInput value={window.within} disabled={disabled} onChange={within => onChange({ ...window, within })} />
        <Text size="sm">{t('window.after')}</Text>
        <Select
          size="xs" w={180} allowDeselect={false} searchable disabled={disabled} aria-label={t('window.field')} data={dates.map(name => ({ value: name, label: labels.field(name) }))}
          value={window.after_field} onChange={after_field => after_field !== null && onChange({ ...window, after_field })}
        />
      </Group>
    )
  }
  if ('after_event' in window) {
    return (
      <Group gap={6}>
        <DurationInput value={window.within} disabled={disabled} onChange={within => onChange({ ...window, within })} />
        <Text size="sm">{t('window.after')}</Text>
        <EventSelect label={t('window.event')} value={window.after_event} vocabulary={vocabulary} disabled={disabled} onChange={after_event => onChange({ ...window, after_event })} />
      </Group>
    )
  }
  return <Dates window={window} onChange={onChange} disabled={disabled} />
}

export function EventSelect({ label, value, vocabulary, onChange, disabled }: { label: string, value: string, vocabulary: ConditionVocabulary, onChange: (event: string) => void, disabled: boolean }) {
  const labels = useLabels(vocabulary)
  const types = [...new Set([value, ...vocabulary.events.map(event => event.type)])].filter(type => type !== '')
  return <Select size="xs" w={210} maw="100%" searchable allowDeselect={false} comboboxProps={{ keepMounted: false }} disabled={disabled} aria-label={label} data={types.map(type => ({ value: type, label: labels.event(type) }))} value={value} onChange={event => event !== null && onChange(event)} />
}

function Dates({ window, onChange, disabled }: { window: { from?: string | undefined, to?: string | undefined }, onChange: (window: Window) => void, disabled: boolean }) {
  const { t, i18n } = useTranslation('conditions')
  const set = (bound: 'from' | 'to', day: string | null) => {
    const { [bound]: _, ...rest } = window
    // The last day counts whole: the window ends where the next one begins.
    onChange(day === null ? rest : { ...rest, [bound]: bound === 'from' ? startOfDay(day) : startOfDay(day, 1) })
  }
  const input = (bound: 'from' | 'to') => (
    <DateInput
      size="xs" w={132} clearable disabled={disabled} aria-label={t(`values.${bound}`)} placeholder={t(`values.${bound}`)} valueFormat={i18n.language === 'ru' ? 'DD.MM.YYYY' : 'DD MMM YYYY'} locale={i18n.language}
      value={window[bound] === undefined ? null : localDay(window[bound], bound === 'to' ? -1 : 0)} onChange={day => set(bound, day)}
    />
  )
  return <Group gap={6} wrap="nowrap">{input('from')}<Text size="sm">–</Text>{input('to')}</Group>
}

function startOfDay(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.slice(0, 10).split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

function localDay(moment: string, later: number): string {
  const date = new Date(moment)
  const day = new Date(date.getFullYear(), date.getMonth(), date.getDate() + later)
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

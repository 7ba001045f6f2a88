import { Button, Checkbox, Chip, Group, Select, Switch, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { PropertyFilter } from '../../shared/conditions.ts'
import { DurationInput } from '../conditions/duration-input.tsx'
import { FilterEditor } from '../conditions/filter-editor.tsx'
import { useEditor } from './editor.ts'
import { EventSelect, FieldSelect, Labelled, OffsetInput, TimeInput } from './pickers.tsx'
import { useMailSteps } from './form-of.ts'
import type { FormOf } from './form-of.ts'
import { weekdayName } from './step-words.ts'

const days = [1, 2, 3, 4, 5, 6, 7]
const isoDay = (date: Date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`

/** Until a day, a weekday or a date of the card; on the contact's own calendar. */
export function WaitUntilForm({ step, set }: FormOf<'wait_until'>) {
  const { t, i18n } = useTranslation('journeys')
  const { readOnly, lookups } = useEditor()
  const { until } = step
  const kind = 'date' in until ? 'date' : 'weekdays' in until ? 'weekdays' : 'field'
  const choose = (value: string | null) => {
    if (value === 'date') set({ until: { date: isoDay(new Date(Date.now() + 7 * 86_400_000)), at: until.at } })
    if (value === 'weekdays') set({ until: { weekdays: [1, 2, 3, 4, 5], at: until.at } })
    if (value === 'field') set({ until: { field: '', offset_days: 0, at: until.at } })
  }
  return (
    <>
      <Select label={t('until_kind')} allowDeselect={false} disabled={readOnly} data={(['weekdays', 'date', 'field'] as const).map(value => ({ value, label: t(`until_kinds.${value}`) }))} value={kind} onChange={choose} />
      {'date' in until && <TextInput type="date" label={t('day')} w={170} disabled={readOnly} value={until.date} onChange={event => event.currentTarget.value !== '' && set({ until: { ...until, date: event.currentTarget.value } }, true)} />}
      {'weekdays' in until && (
        <Labelled label={t('weekdays')}>
          <Chip.Group multiple value={until.weekdays.map(String)} onChange={chosen => set({ until: { ...until, weekdays: days.filter(day => chosen.includes(String(day))) } })}>
            <Group gap={4}>{days.map(day => <Chip key={day} value={String(day)} size="xs" radius="sm" disabled={readOnly}>{weekdayName(i18n.language, day)}</Chip>)}</Group>
          </Chip.Group>
        </Labelled>
      )}
      {'field' in until && (
        <>
          <FieldSelect label={t('date_field')} fields={lookups.dateFields} value={until.field} onChange={field => set({ until: { ...until, field } })} />
          <OffsetInput days={until.offset_days} onChange={offset_days => set({ until: { ...until, offset_days } }, true)} />
          <Checkbox label={t('until_yearly')} disabled={readOnly} checked={until.yearly === true} onChange={event => { const { yearly: _old, ...rest } = until; set({ until: event.currentTarget.checked ? { ...rest, yearly: true } : rest }) }} />
        </>
      )}
      <TimeInput label={t('at_time')} value={until.at} onChange={at => set({ until: { ...until, at } }, true)} />
      <Text size="xs" c="dimmed">{t('contact_zone_hint')}</Text>
      <Switch
        label={t('way_past')} description={t('way_past_hint')} disabled={readOnly} checked={step.next_past !== undefined}
        onChange={event => set({ next_past: event.currentTarget.checked ? null : undefined })}
      />
    </>
  )
}

/** Events that are about one mail. */
const reactions = new Set(['email.sent', 'email.opened', 'email.clicked', 'email.replied', 'email.bounced', 'subscription.withdrawn', 'order.placed'])

export function WaitForEventForm({ step, stepKey, set }: FormOf<'wait_for_event'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  const mails = useMailSteps(stepKey)
  return (
    <>
      <EventSelect label={t('event')} value={step.event} onChange={event => set({ event, ...reactions.has(event) ? {} : { mail_step: null } }, true)} />
      {(reactions.has(step.event) || step.mail_step !== null) && (
        <Select label={t('mail_step')} clearable placeholder={t('any_mail')} disabled={readOnly} data={mails.map(mail => ({ value: mail.step, label: mail.label }))} value={step.mail_step} onChange={mail_step => set({ mail_step })} />
      )}
      <EventFilters event={step.event} where={step.where ?? []} onChange={where => set({ where: where.length === 0 ? undefined : where }, true)} />
      <Labelled label={t('timeout')}><DurationInput value={step.timeout} disabled={readOnly} onChange={timeout => set({ timeout }, true)} /></Labelled>
    </>
  )
}

/** Only events with these properties. */
export function EventFilters({ event, where, onChange }: { event: string, where: PropertyFilter[], onChange: (where: PropertyFilter[]) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return (
    <>
      {where.map((filter, index) => lookups.vocabulary && (
        <FilterEditor
          key={index} filter={filter} event={event} vocabulary={lookups.vocabulary} disabled={readOnly}
          onChange={changed => onChange(where.map((old, at) => at === index ? changed : old))} onRemove={() => onChange(where.filter((_, at) => at !== index))}
        />
      ))}
      {!readOnly && <Button variant="subtle" size="compact-xs" w="fit-content" leftSection={<IconPlus size={13} />} onClick={() => onChange([...where, { property: '', operator: 'is', value: '' }])}>{t('add_filter')}</Button>}
    </>
  )
}

import { Autocomplete, Group, Select, TextInput } from '@mantine/core'
import { DateInput, DateTimePicker } from '@mantine/dates'
import { useTranslation } from 'react-i18next'
import type { Stage, StageRequirement } from '../../shared/deals.ts'
import { useUsers } from '../contacts/use-reference.ts'
import { useLostReasons } from './use-pipelines.ts'

export type Asked = { expected_on: string | null, owner_id: number | null, next_step: string, next_step_due: string | null, lost_reason: string }
export const nothingSaid: Asked = { expected_on: null, owner_id: null, next_step: '', next_step_due: null, lost_reason: '' }

const wants = (stage: Stage | undefined, field: StageRequirement): boolean => (stage?.required_fields.includes(field) ?? false) || (field === 'lost_reason' && stage?.kind === 'lost')

/** What of it goes to the API with a deal made in the stage. */
export function askedBody(stage: Stage | undefined, { expected_on, owner_id, next_step, next_step_due, lost_reason }: Asked): Record<string, unknown> {
  return {
    ...(wants(stage, 'expected_on') ? { expected_on } : {}),
    ...(wants(stage, 'owner_id') && owner_id !== null ? { owner_id } : {}),
    ...(wants(stage, 'next_step') && next_step.trim() !== '' ? { next_step: { title: next_step.trim(), due_at: next_step_due === null ? null : new Date(next_step_due).toISOString() } } : {}),
    ...(wants(stage, 'lost_reason') && lost_reason.trim() !== '' ? { lost_reason: lost_reason.trim() } : {}),
  }
}

/** The fields, shown without the amount, that the stage must know of a deal before it comes in; none are shown that it does not ask for. */
export function StageAsks({ stage, asked, onChange, errorOf }: { stage: Stage | undefined, asked: Asked, onChange: (asked: Asked) => void, errorOf: (field: StageRequirement) => string | undefined }) {
  const { t } = useTranslation('deals')
  const users = useUsers()
  const reasons = useLostReasons()
  const set = (values: Partial<Asked>) => onChange({ ...asked, ...values })
  return (
    <>
      {wants(stage, 'owner_id') && (
        <Select
          label={t('owner')} placeholder={t('owner_default')} searchable clearable value={asked.owner_id === null ? null : String(asked.owner_id)} data={users.map(user => ({ value: String(user.id), label: user.name }))}
          onChange={id => set({ owner_id: id === null ? null : Number(id) })} error={errorOf('owner_id')}
        />
      )}
      {wants(stage, 'expected_on') && <DateInput label={t('expected_on')} withAsterisk clearable valueFormat="DD.MM.YYYY" value={asked.expected_on} onChange={expected_on => set({ expected_on })} error={errorOf('expected_on')} />}
      {wants(stage, 'next_step') && (
        <Group grow gap="xs" align="flex-start">
          <TextInput label={t('next_step')} placeholder={t('next_step_hint')} withAsterisk maxLength={300} value={asked.next_step} onChange={event => set({ next_step: event.currentTarget.value })} error={errorOf('next_step')} />
          <DateTimePicker label={t('next_step_due')} clearable valueFormat="DD MMM YYYY HH:mm" value={asked.next_step_due} onChange={next_step_due => set({ next_step_due })} />
        </Group>
      )}
      {wants(stage, 'lost_reason') && <Autocomplete label={t('lost_reason')} placeholder={t('lost_reason_hint')} withAsterisk={stage?.required_fields.includes('lost_reason') ?? false} data={reasons} maxLength={1000} value={asked.lost_reason} onChange={lost_reason => set({ lost_reason })} error={errorOf('lost_reason')} />}
    </>
  )
}

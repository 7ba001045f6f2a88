import { useState } from 'react'
import { Button, Checkbox, Group, Modal, MultiSelect, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { nobodyFree, routingWay } from '../../shared/routing.ts'
import type { Team } from '../../shared/staff.ts'
import { api, ApiError } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { newRule, type RuleBody } from './rule-body.ts'

type Props = { opened: boolean, /** null: a new one */ rule: RuleBody | null, /** its place in the list, which errors name */ at: number, error: unknown, saving: boolean, onSave: (rule: RuleBody) => void, onClose: () => void }

/** Which leads, to whom, how, and what if nobody is free. */
export function RuleForm({ opened, rule, onClose, ...rest }: Props) {
  const { t } = useTranslation('routing')
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={<Text fw={600}>{rule === null ? t('add') : t('edit')}</Text>}>
      {opened && <Form key={rest.at} rule={rule ?? newRule} {...rest} />}
    </Modal>
  )
}

function Form({ rule: initial, at, error, saving, onSave }: Omit<Props, 'opened' | 'onClose' | 'rule'> & { rule: RuleBody }) {
  const { t } = useTranslation('routing')
  const users = useUsers().map(user => ({ value: String(user.id), label: user.name }))
  const teams = useQuery({ queryKey: ['teams'], queryFn: () => api.get<Page<Team>>('/teams') }).data?.data ?? []
  const [rule, setRule] = useState(initial)
  const change = (changes: Partial<RuleBody>) => setRule({ ...rule, ...changes })
  const path = `rules.${at}`
  const errors = errorsByField(error)
  const ofCondition = error instanceof ApiError ? error.errors.filter(each => each.field.startsWith(`${path}.condition`)) : []
  const shown = ['name', 'user_ids', 'team_id', 'stand_in_id'].map(field => `${path}.${field}`)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSave(rule)
      }}
    >
      <Stack gap="md">
        <TextInput label={t('name')} placeholder={t('name_placeholder')} required maxLength={200} data-autofocus value={rule.name} error={errors[`${path}.name`]} onChange={event => change({ name: event.currentTarget.value })} />
        <div>
          <Text size="sm" fw={500}>{t('condition')}</Text>
          <Text size="xs" c="dimmed" mb={6}>{t('condition_hint')}</Text>
          <ConditionBuilder value={rule.condition} path={`${path}.condition`} errors={ofCondition} onChange={condition => change({ condition })} />
        </div>
        <Group align="flex-start" grow>
          <MultiSelect label={t('people')} data={users} searchable hidePickedOptions value={rule.user_ids.map(String)} error={errors[`${path}.user_ids`]} onChange={values => change({ user_ids: values.map(Number) })} />
          <Select label={t('team')} data={teams.map(team => ({ value: String(team.id), label: team.name }))} clearable value={rule.team_id === null ? null : String(rule.team_id)} error={errors[`${path}.team_id`]} onChange={value => change({ team_id: value === null ? null : Number(value) })} />
        </Group>
        <Radio.Group label={t('way')} value={rule.way} onChange={value => change({ way: routingWay.parse(value) })}>
          <Stack gap={6} mt={6}>{routingWay.options.map(way => <Radio key={way} value={way} label={t(`way_labels.${way}`)} description={t(`way_hints.${way}`)} />)}</Stack>
        </Radio.Group>
        <Stack gap={6}>
          <Checkbox label={t('in_hours')} checked={rule.in_hours} onChange={event => change({ in_hours: event.currentTarget.checked })} />
          <Checkbox label={t('only_online')} checked={rule.only_online} onChange={event => change({ only_online: event.currentTarget.checked })} />
        </Stack>
        <Group align="flex-start" grow>
          <Select label={t('nobody_free')} allowDeselect={false} data={nobodyFree.options.map(value => ({ value, label: t(`nobody_free_labels.${value}`) }))} value={rule.nobody_free} onChange={value => change({ nobody_free: nobodyFree.parse(value) })} />
          {rule.nobody_free === 'person' && <Select label={t('stand_in')} searchable data={users} value={rule.stand_in_id === null ? null : String(rule.stand_in_id)} error={errors[`${path}.stand_in_id`]} onChange={value => change({ stand_in_id: value === null ? null : Number(value) })} />}
        </Group>
        {ofCondition.length === 0 && <ErrorNotice error={error} shownFields={shown} />}
        <Group justify="flex-end"><Button type="submit" loading={saving}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

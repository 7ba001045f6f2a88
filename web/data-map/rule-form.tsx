import { useState } from 'react'
import { ActionIcon, Autocomplete, Button, Group, Modal, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconArrowRight, IconPlus, IconTestPipe, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { fieldUpdateRule, fillsCards, type FieldRule, type FieldRuleBody, type MappedField, type RuleTrial } from '../../shared/data-map.ts'
import { api } from '../app/api.ts'
import { useLabels, useVocabulary } from '../conditions/vocabulary.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { TrialResult } from './trial-result.tsx'
import { useFieldLabel } from './use-field-label.ts'

type Props = { rule: FieldRule | null, field: string, fields: MappedField[], onClose: () => void, onSaved: () => void }

/** A rule of the data map: which property of which event fills which field; tried on real events before it is saved. */
export function RuleForm({ rule, field, fields, onClose, onSaved }: Props) {
  const { t } = useTranslation('data_map')
  const vocabulary = useVocabulary().data
  const labels = useLabels(vocabulary)
  const labelOf = useFieldLabel()
  const [body, setBody] = useState<FieldRuleBody>(() => rule === null
    ? { event_type: '', property: '', field, update_rule: 'newest', value_map: [], active: true }
    : { event_type: rule.event_type, property: rule.property, field: rule.field, update_rule: rule.update_rule, value_map: rule.value_map, active: rule.active })
  const sent = { ...body, value_map: body.value_map.filter(pair => pair.from.trim() !== '') }
  const save = useMutation({ mutationFn: () => rule === null ? api.post('/data-map/rules', sent) : api.patch(`/data-map/rules/${rule.id}`, sent), onSuccess: onSaved })
  const trial = useMutation({ mutationFn: () => api.post<RuleTrial>('/data-map/trials', sent) })
  const change = (part: Partial<FieldRuleBody>) => {
    setBody({ ...body, ...part })
    trial.reset()
  }
  const errors = errorsByField(save.error ?? trial.error)
  const events = (vocabulary?.events ?? []).filter(event => fillsCards(event.type))
  const complete = body.event_type !== '' && body.property.trim() !== '' && body.field !== ''
  const named = (type: string) => labels.event(type) === type ? type : `${labels.event(type)} (${type})`
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600}>{rule === null ? t('new_rule') : t('change_rule')}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack gap="sm">
          <Autocomplete label={t('form.event')} description={t('form.event_note')} required data-autofocus={rule === null || undefined} data={events.map(event => event.type)} renderOption={({ option }) => named(option.value)} value={body.event_type} onChange={value => change({ event_type: value.trim() })} error={errors['event_type']} maxLength={80} limit={200} maxDropdownHeight={260} />
          <Autocomplete label={t('form.property')} description={t('form.property_note')} required data={events.find(event => event.type === body.event_type)?.properties ?? []} value={body.property} onChange={value => change({ property: value })} error={errors['property']} maxLength={200} />
          <Select label={t('form.field')} required searchable data={fields.map(each => ({ value: each.field, label: labelOf(each) }))} value={body.field === '' ? null : body.field} onChange={value => change({ field: value ?? '' })} error={errors['field']} />
          <Radio.Group label={t('form.update_rule')} value={body.update_rule} onChange={value => change({ update_rule: fieldUpdateRule.parse(value) })}>
            <Stack gap={6} mt={4}>{fieldUpdateRule.options.map(each => <Radio key={each} value={each} label={t(`update_rules.${each}.title`)} description={t(`update_rules.${each}.text`)} />)}</Stack>
          </Radio.Group>
          <ValueMap pairs={body.value_map} onChange={value_map => change({ value_map })} />
          {trial.data !== undefined && <TrialResult trial={trial.data} />}
          <ErrorNotice error={save.error ?? trial.error} />
          <Group justify="space-between">
            <Button variant="default" leftSection={<IconTestPipe size={16} />} disabled={!complete} loading={trial.isPending} onClick={() => trial.mutate()}>{t('try')}</Button>
            <Button type="submit" disabled={!complete} loading={save.isPending}>{t('app:save')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function ValueMap({ pairs, onChange }: { pairs: FieldRuleBody['value_map'], onChange: (pairs: FieldRuleBody['value_map']) => void }) {
  const { t } = useTranslation('data_map')
  const put = (index: number, part: Partial<FieldRuleBody['value_map'][number]>) => onChange(pairs.map((pair, place) => place === index ? { ...pair, ...part } : pair))
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>{t('form.values')}</Text>
      <Text size="xs" c="dimmed">{t('form.values_note')}</Text>
      {pairs.map((pair, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines have no other name, and are only added at the end or taken out
        <Group key={index} gap={6} wrap="nowrap">
          <TextInput flex={1} value={pair.from} aria-label={t('form.from')} placeholder={t('form.from')} maxLength={200} onChange={event => put(index, { from: event.currentTarget.value })} />
          <IconArrowRight size={16} stroke={1.7} aria-hidden />
          <TextInput flex={1} value={pair.to} aria-label={t('form.to')} placeholder={t('form.to_nothing')} maxLength={200} onChange={event => put(index, { to: event.currentTarget.value })} />
          <ActionIcon variant="subtle" color="gray" aria-label={t('form.remove_value', { value: pair.from })} onClick={() => onChange(pairs.filter((_, place) => place !== index))}><IconX size={16} stroke={1.7} /></ActionIcon>
        </Group>
      ))}
      <Button variant="subtle" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => onChange([...pairs, { from: '', to: '' }])}>{t('form.add_value')}</Button>
    </Stack>
  )
}

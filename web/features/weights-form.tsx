import { useEffect, useState } from 'react'
import { ActionIcon, Button, Group, NumberInput, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { eventType } from '../../shared/events.ts'
import type { EngagementSettings, FeaturesState } from '../../shared/features.ts'
import { usualActs } from '../../shared/features.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { featuresKey } from './features-query.ts'

/** How much each act is worth in the engagement score, and how fast that is gone. */
export function WeightsForm({ state }: { state: FeaturesState }) {
  const { t } = useTranslation('features')
  const may = useMay('administer')
  const client = useQueryClient()
  const kept = withUsualActs(state.engagement)
  const [values, setValues] = useState(kept)
  const [added, setAdded] = useState('')
  const dirty = JSON.stringify(values) !== JSON.stringify(kept)
  useEffect(() => {
    if (!dirty) setValues(kept)
    // Only what comes from the server counts here, not what is typed.
  }, [JSON.stringify(kept)])
  const save = useMutation({ mutationFn: () => api.put<FeaturesState>('/features/engagement', values), onSuccess: next => client.setQueryData(featuresKey, next) })
  const setWeight = (type: string, weight: number) => setValues(now => ({ ...now, weights: { ...now.weights, [type]: weight } }))
  const isNew = eventType.safeParse(added).success && !Object.hasOwn(values.weights, added)
  const add = () => {
    setWeight(added, 1)
    setAdded('')
  }
  return (
    <Paper component="section" aria-label={t('weights.title')}>
      <Stack gap="sm">
        <Stack gap={2}>
          <Title order={2}>{t('weights.title')}</Title>
          <Text size="sm" c="dimmed">{t('weights.text')}</Text>
        </Stack>
        {state.engagement_rebuilding && <Text size="sm" role="status">{t('weights.rebuilding')}</Text>}
        <NumberInput label={t('weights.half_life')} description={t('weights.half_life_hint')} suffix={` ${t('weights.days')}`} min={1} max={730} allowDecimal={false} clampBehavior="strict" maw={320} disabled={!may} value={values.half_life_days} onChange={value => { if (typeof value === 'number') setValues(now => ({ ...now, half_life_days: value })) }} />
        <Table maw={460}>
          <Table.Thead><Table.Tr><Table.Th>{t('why.act')}</Table.Th><Table.Th w={120}>{t('why.weight')}</Table.Th><Table.Td w={40} /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {Object.entries(values.weights).map(([type, weight]) => {
              const name = t(`conditions:events.${type.replaceAll('.', '_')}`, { defaultValue: type })
              return (
                <Table.Tr key={type}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td><NumberInput size="xs" min={0} max={1000} clampBehavior="strict" aria-label={t('weights.weight_of', { act: name })} disabled={!may} value={weight} onChange={value => { if (typeof value === 'number') setWeight(type, value) }} /></Table.Td>
                  <Table.Td>
                    {may && !Object.hasOwn(usualActs, type) && (
                      <ActionIcon variant="subtle" color="gray" aria-label={t('weights.remove', { act: name })} onClick={() => setValues(now => ({ ...now, weights: Object.fromEntries(Object.entries(now.weights).filter(([other]) => other !== type)) }))}><IconX size={15} /></ActionIcon>
                    )}
                  </Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
        {may && (
          <Group gap="xs" align="flex-end">
            <TextInput label={t('weights.other')} description={t('weights.other_hint')} placeholder="shop.visited" maxLength={80} value={added} onChange={event => setAdded(event.currentTarget.value.trim())} onKeyDown={event => { if (event.key === 'Enter' && isNew) add() }} />
            <Button variant="default" leftSection={<IconPlus size={16} />} disabled={!isNew} onClick={add}>{t('weights.add')}</Button>
          </Group>
        )}
      </Stack>
      <SaveBar dirty={dirty} saving={save.isPending} error={save.error} onSave={() => save.mutate()} onDiscard={() => { setValues(kept); save.reset() }} />
    </Paper>
  )
}

/** Acts that are known but not weighed stand there with 0. */
function withUsualActs({ half_life_days, weights }: EngagementSettings): EngagementSettings {
  return { half_life_days, weights: { ...Object.fromEntries(Object.keys(usualActs).map(type => [type, 0])), ...weights } }
}

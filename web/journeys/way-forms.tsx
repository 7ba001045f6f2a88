import { ActionIcon, Button, Group, NumberInput, Paper, Select, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import { DurationInput } from '../conditions/duration-input.tsx'
import { fieldKindOf } from '../conditions/condition-tree.ts'
import { useFormat } from '../ui/format.ts'
import { DecidedWinner } from './decided-winner.tsx'
import { useEditor } from './editor.ts'
import { FieldSelect, Labelled } from './pickers.tsx'
import type { FormOf } from './form-of.ts'
import { shareOf } from './step-words.ts'

const freeWay = (ways: { key: string }[], names: string[]): string => names.find(name => !ways.some(way => way.key === name)) ?? `way_${Date.now().toString(36)}`
const letters = [...'abcdefghijklmnopqrstuvwxyz']

/** Each way with the values that go it; all others go the last one. */
export function SplitByValueForm({ step, set }: FormOf<'split_by_value'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly, words } = useEditor()
  const fields = [...Object.keys(conditionFields).filter(field => !field.endsWith('_at')), ...lookups.fields.map(field => `fields.${field.key}`)]
  const kind = lookups.vocabulary === undefined || step.field === '' ? 'text' : fieldKindOf(step.field, lookups.vocabulary)
  const options = lookups.fields.find(field => `fields.${field.key}` === step.field)?.options ?? []
  const choices = kind === 'boolean' ? [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }] : kind === 'user' ? lookups.users : options
  const labelOf = (value: unknown) => choices.find(choice => choice.value === String(value))?.label ?? String(value)
  const read = (label: string): string | number | boolean => {
    const text = choices.find(choice => choice.label === label)?.value ?? label
    if (kind === 'boolean') return text === 'true'
    return (kind === 'number' || kind === 'money' || kind === 'user') && text.trim() !== '' && Number.isFinite(Number(text.replace(',', '.'))) ? Number(text.replace(',', '.')) : text
  }
  const change = (key: string, values: string[]) => set({ cases: step.cases.map(one => one.key === key ? { ...one, values: values.map(read) } : one) }, true)
  return (
    <>
      <FieldSelect label={t('field')} fields={fields} value={step.field} onChange={field => set({ field, cases: step.cases.map(one => ({ ...one, values: [] })) })} />
      {step.cases.map((one, index) => (
        <Group key={one.key} gap={6} align="flex-end" wrap="nowrap">
          <TagsInput
            label={t('way_number', { number: index + 1 })} placeholder={one.values.length === 0 ? t('values_placeholder') : ''} flex={1} disabled={readOnly} data={choices.map(choice => choice.label)} maxTags={200}
            value={one.values.map(labelOf)} onChange={values => change(one.key, values)}
          />
          {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('remove_way', { way: words.way({ step: '', outlet: `way:${one.key}` }, step) })} onClick={() => set({ cases: step.cases.filter(other => other.key !== one.key) })}><IconTrash size={16} stroke={1.7} /></ActionIcon>}
        </Group>
      ))}
      {!readOnly && step.cases.length < 20 && <Button variant="subtle" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => set({ cases: [...step.cases, { key: freeWay(step.cases, letters.map(letter => `value_${letter}`)), values: [], next: null }] })}>{t('add_way')}</Button>}
      <Text size="xs" c="dimmed">{t('split_by_value_hint')}</Text>
    </>
  )
}

/** Ways by weight; from a number of people on, everyone may go the one that did best. */
export function SplitRandomForm({ stepKey, step, set }: FormOf<'split_random'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  const format = useFormat()
  const change = (key: string, part: { name?: string, weight?: number }) => set({ ways: step.ways.map(way => way.key === key ? { ...way, ...part } : way) }, true)
  const { winner } = step
  return (
    <>
      <DecidedWinner stepKey={stepKey} step={step} />
      <Stack gap={6}>
        {step.ways.map((way, index) => (
          <Group key={way.key} gap={6} wrap="nowrap" align="flex-end">
            <TextInput label={index === 0 ? t('way_name') : undefined} aria-label={t('way_name')} flex={1} disabled={readOnly} maxLength={120} value={way.name} onChange={event => change(way.key, { name: event.currentTarget.value })} />
            <NumberInput label={index === 0 ? t('weight') : undefined} aria-label={`${t('weight')}: ${way.name}`} w={76} min={0} max={1000} disabled={readOnly} value={way.weight} onChange={weight => change(way.key, { weight: typeof weight === 'number' ? Math.min(1000, Math.max(0, weight)) : 0 })} />
            <Text size="sm" c="dimmed" w={44} ta="right" pb={8}>{format.percent(shareOf(step, way.weight), 0)}</Text>
            {!readOnly && step.ways.length > 2 && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('remove_way', { way: way.name })} onClick={() => set({ ways: step.ways.filter(other => other.key !== way.key) })}><IconTrash size={16} stroke={1.7} /></ActionIcon>}
          </Group>
        ))}
      </Stack>
      {!readOnly && step.ways.length < 10 && (
        <Group gap={4}>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => { const key = freeWay(step.ways, letters); set({ ways: [...step.ways, { key, name: key.length === 1 ? key.toUpperCase() : '', weight: step.ways[0]?.weight ?? 50, next: null }] }) }}>{t('add_way')}</Button>
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => set({ ways: step.ways.map(way => ({ ...way, weight: 50 })) })}>{t('equal_weights')}</Button>
        </Group>
      )}
      <Switch
        label={t('winner')} description={t('winner_hint')} disabled={readOnly} checked={winner !== null}
        onChange={event => set({ winner: event.currentTarget.checked ? { measure: 'clicked', after_people: 500, after: { amount: 2, unit: 'days' } } : null })}
      />
      {winner !== null && (
        <Paper p="sm">
          <Stack gap="sm">
            <Select label={t('winner_measure')} allowDeselect={false} disabled={readOnly} data={(['opened', 'clicked', 'ordered', 'revenue', 'goal'] as const).map(value => ({ value, label: t(`winner_measures.${value}`) }))} value={winner.measure} onChange={measure => measure !== null && set({ winner: { ...winner, measure: measure as typeof winner.measure } })} />
            <NumberInput label={t('winner_people')} min={2} max={10_000_000} allowDecimal={false} disabled={readOnly} value={winner.after_people} onChange={people => typeof people === 'number' && people >= 2 && set({ winner: { ...winner, after_people: people } }, true)} />
            <Labelled label={t('winner_after')}><DurationInput value={winner.after} disabled={readOnly} onChange={after => set({ winner: { ...winner, after } }, true)} /></Labelled>
            <Text size="xs" c="dimmed">{t('winner_words', { count: winner.after_people, measure: t(`winner_measures.${winner.measure}`) })}</Text>
          </Stack>
        </Paper>
      )}
    </>
  )
}

export function HoldOutForm({ step, set }: FormOf<'hold_out'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  return (
    <>
      <NumberInput label={t('held_percent')} w={140} min={0} max={100} suffix=" %" disabled={readOnly} value={step.percent} onChange={percent => set({ percent: typeof percent === 'number' ? Math.min(100, Math.max(0, percent)) : 0 }, true)} />
      <Text size="xs" c="dimmed">{t('hold_out_hint')}</Text>
    </>
  )
}

export function GoToForm({ step, set }: FormOf<'go_to'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  return (
    <>
      <Switch label={t('limit_times')} description={t('limit_times_hint')} disabled={readOnly} checked={step.most_times !== null} onChange={event => set({ most_times: event.currentTarget.checked ? 3 : null })} />
      {step.most_times !== null && <NumberInput label={t('most_times')} w={160} min={1} max={1000} allowDecimal={false} disabled={readOnly} value={step.most_times} onChange={times => typeof times === 'number' && times >= 1 && set({ most_times: Math.min(1000, times) }, true)} />}
    </>
  )
}

import { Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SinceTest } from '../../shared/conditions.ts'
import { Choice } from './choice.tsx'
import { DurationInput } from './duration-input.tsx'

const modes = ['ever', 'in_last', 'more_than_ago'] as const

/** Since when something is so; left out when it does not matter. */
export function SinceEditor({ value, onChange, disabled }: { value: SinceTest | undefined, onChange: (since: SinceTest | undefined) => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  return (
    <Group gap={6}>
      <Choice
        label={t('since.mode')} disabled={disabled} options={modes.map(mode => ({ value: mode, label: t(`since.${mode}`) }))} value={value?.operator ?? 'ever'}
        onChange={mode => onChange(mode === 'ever' ? undefined : { operator: mode, value: value?.value ?? { amount: 30, unit: 'days' } })}
      />
      {value !== undefined && <DurationInput value={value.value} disabled={disabled} onChange={length => onChange({ ...value, value: length })} />}
      {value?.operator === 'more_than_ago' && <Text size="sm">{t('duration.before_now')}</Text>}
    </Group>
  )
}

/** A leaf with its `since`, or without it. */
export function withSince<Leaf extends { since?: SinceTest | undefined }>(leaf: Leaf, since: SinceTest | undefined): Leaf {
  const { since: _, ...rest } = leaf
  return { ...rest, ...(since === undefined ? {} : { since }) } as Leaf
}

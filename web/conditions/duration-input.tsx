import { Group, NumberInput, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Duration } from '../../shared/conditions.ts'
import { widthOf } from './choice.tsx'

const everyUnit = ['minutes', 'hours', 'days', 'weeks', 'months'] as const

/** "30 days": a number and a unit, whose word follows the number. */
export function DurationInput({ value, onChange, units = everyUnit, disabled }: { value: Duration, onChange: (value: Duration) => void, units?: readonly Duration['unit'][] | undefined, disabled?: boolean }) {
  const { t } = useTranslation('conditions')
  return (
    <Group gap={4} wrap="nowrap">
      <NumberInput
        size="xs" w={64} min={0} max={100_000} allowDecimal={false} allowNegative={false} hideControls disabled={disabled ?? false} aria-label={t('duration.amount')}
        value={value.amount} onChange={amount => onChange({ ...value, amount: typeof amount === 'number' ? amount : 0 })}
      />
      <Select
        size="xs" w={widthOf(t(`duration.${value.unit}`, { count: value.amount }), 130)} allowDeselect={false} disabled={disabled ?? false} aria-label={t('duration.unit')} comboboxProps={{ width: 140, position: 'bottom-start' }}
        data={units.map(unit => ({ value: unit, label: t(`duration.${unit}`, { count: value.amount }) }))}
        value={value.unit} onChange={unit => onChange({ ...value, unit: (unit ?? 'days') as Duration['unit'] })}
      />
    </Group>
  )
}

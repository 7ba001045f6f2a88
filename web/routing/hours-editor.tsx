import { Checkbox, Group, Stack, Text, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { CompanyHours } from '../../shared/working-time.ts'

type Props = { days: CompanyHours['days'], errors: Record<string, string>, /** what the fields of the errors begin with */ path: string, onChange: (days: CompanyHours['days']) => void }

/** The seven days of a week, each with its hours or free. */
export function HoursEditor({ days, errors, path, onChange }: Props) {
  const { t, i18n } = useTranslation('routing')
  // The first of January 2024 was a Monday.
  const names = days.map((_, index) => new Intl.DateTimeFormat(i18n.language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, index + 1)))
  return (
    <Stack gap={6}>
      {days.map((day, index) => (
        <Group key={index} gap="xs" mih={36} wrap="nowrap">
          <Checkbox w={{ base: 118, xs: 150 }} label={names[index]!} checked={day !== null} onChange={event => onChange(days.with(index, event.currentTarget.checked ? { from: '09:00', to: '18:00' } : null))} />
          {day === null
            ? <Text size="sm" c="dimmed">{t('day_off')}</Text>
            : (['from', 'to'] as const).map(end => (
              <TextInput
                key={end} type="time" miw={0} maw={120} flex={1} required aria-label={t(`hours_${end}`, { day: names[index] })} value={day[end]} error={errors[`${path}.${index}.${end}`]}
                onChange={event => onChange(days.with(index, { ...day, [end]: event.currentTarget.value }))}
              />
            ))}
        </Group>
      ))}
    </Stack>
  )
}

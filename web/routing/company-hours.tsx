import { useState } from 'react'
import { ActionIcon, Button, Group, Pill, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CompanyHours } from '../../shared/working-time.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { dayName } from './day-name.ts'
import { HoursEditor } from './hours-editor.tsx'

/** The company's week and the days on which nobody works. */
export function CompanyHoursPanel() {
  const { t } = useTranslation('routing')
  const query = useQuery({ queryKey: ['working-hours'], queryFn: () => api.get<CompanyHours>('/working-hours') })
  return (
    <Stack gap="sm">
      <Stack gap={2}>
        <Title order={2} size="h4">{t('company_hours')}</Title>
        <Text size="sm" c="dimmed">{t('company_hours_hint')}</Text>
      </Stack>
      <ErrorNotice error={query.error} retry={() => void query.refetch()} />
      {query.data !== undefined && <Form hours={query.data} />}
    </Stack>
  )
}

function Form({ hours: kept }: { hours: CompanyHours }) {
  const { t, i18n } = useTranslation('routing')
  const client = useQueryClient()
  const [hours, setHours] = useState(kept)
  const [holiday, setHoliday] = useState('')
  const save = useMutation({
    mutationFn: () => api.put<CompanyHours>('/working-hours', hours),
    onSuccess: async (saved) => {
      client.setQueryData(['working-hours'], saved)
      setHours(saved)
      notifyDone(t('app:saved'))
      await client.invalidateQueries({ queryKey: ['availability'] })
    },
  })
  const add = () => {
    if (holiday !== '') setHours({ ...hours, holidays: [...new Set([...hours.holidays, holiday])].toSorted() })
    setHoliday('')
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="md">
        <HoursEditor days={hours.days} errors={errorsByField(save.error)} path="days" onChange={days => setHours({ ...hours, days })} />
        <Stack gap={6}>
          <Group gap="xs" align="flex-end">
            <TextInput type="date" label={t('holidays')} description={t('holidays_hint')} value={holiday} onChange={event => setHoliday(event.currentTarget.value)} />
            <ActionIcon size={36} variant="default" aria-label={t('add_holiday')} disabled={holiday === ''} onClick={add}><IconPlus size={16} /></ActionIcon>
          </Group>
          {hours.holidays.length > 0 && (
            <Pill.Group>
              {hours.holidays.map(day => <Pill key={day} withRemoveButton removeButtonProps={{ 'aria-label': t('remove_holiday', { day: dayName(day, i18n.language) }) }} onRemove={() => setHours({ ...hours, holidays: hours.holidays.filter(each => each !== day) })}>{dayName(day, i18n.language)}</Pill>)}
            </Pill.Group>
          )}
        </Stack>
        <ErrorNotice error={save.error} shownFields={hours.days.flatMap((_, index) => [`days.${index}.from`, `days.${index}.to`])} />
        <Group><Button type="submit" loading={save.isPending} disabled={JSON.stringify(hours) === JSON.stringify(kept)}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

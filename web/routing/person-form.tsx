import { useState } from 'react'
import { ActionIcon, Button, Divider, Group, Modal, Select, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Availability, CompanyHours } from '../../shared/working-time.ts'
import { api } from '../app/api.ts'
import { timeZoneChoices } from '../company/choices.ts'
import { useUsers } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyError } from '../ui/notify.ts'
import { dayName } from './day-name.ts'
import { HoursEditor } from './hours-editor.tsx'

/** The hours, the territory and the absences of one person. */
export function PersonForm({ person, onClose }: { /** undefined: closed */ person: Availability | undefined, onClose: () => void }) {
  return (
    <Modal opened={person !== undefined} onClose={onClose} title={<Text fw={600}>{person?.name}</Text>} size="lg">
      {person !== undefined && (
        <Stack gap="md">
          <Absences person={person} />
          <Divider />
          <Hours key={person.id} person={person} onDone={onClose} />
        </Stack>
      )}
    </Modal>
  )
}

function Absences({ person }: { person: Availability }) {
  const { t, i18n } = useTranslation('routing')
  const client = useQueryClient()
  const users = useUsers()
  const empty = { from_day: '', to_day: '', substitute_id: null as number | null }
  const [values, setValues] = useState(empty)
  const refresh = () => client.invalidateQueries({ queryKey: ['availability'] })
  const add = useMutation({
    mutationFn: () => api.post(`/users/${person.id}/absences`, values),
    onSuccess: async () => {
      setValues(empty)
      await refresh()
    },
  })
  const remove = useMutation({ mutationFn: (id: number) => api.delete(`/users/${person.id}/absences/${id}`), onSuccess: refresh, onError: notifyError })
  const errors = errorsByField(add.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <Stack gap="xs">
        <Text size="sm" fw={600}>{t('absences')}</Text>
        {person.absences.map(absence => (
          <Group key={absence.id} justify="space-between" wrap="nowrap">
            <Text size="sm">{dayName(absence.from_day, i18n.language)} – {dayName(absence.to_day, i18n.language)}{absence.substitute !== null && <> · {t('stands_in', { name: absence.substitute.name })}</>}</Text>
            <ActionIcon variant="subtle" color="red" aria-label={t('remove_absence', { day: dayName(absence.from_day, i18n.language) })} onClick={() => remove.mutate(absence.id)}><IconTrash size={16} stroke={1.7} /></ActionIcon>
          </Group>
        ))}
        <Group gap="xs" align="flex-start">
          <TextInput type="date" label={t('from_day')} required value={values.from_day} error={errors['from_day']} onChange={event => setValues({ ...values, from_day: event.currentTarget.value })} />
          <TextInput type="date" label={t('to_day')} required value={values.to_day} error={errors['to_day']} onChange={event => setValues({ ...values, to_day: event.currentTarget.value })} />
          <Select
            flex="1 1 180px" label={t('substitute')} clearable searchable value={values.substitute_id === null ? null : String(values.substitute_id)} error={errors['substitute_id']}
            data={users.filter(user => user.id !== person.id).map(user => ({ value: String(user.id), label: user.name }))} onChange={value => setValues({ ...values, substitute_id: value === null ? null : Number(value) })}
          />
        </Group>
        <ErrorNotice error={add.error} shownFields={['from_day', 'to_day', 'substitute_id']} />
        <Group><Button type="submit" variant="default" loading={add.isPending} disabled={values.from_day === '' || values.to_day === ''}>{t('add_absence')}</Button></Group>
      </Stack>
    </form>
  )
}

function Hours({ person, onDone }: { person: Availability, onDone: () => void }) {
  const { t } = useTranslation('routing')
  const client = useQueryClient()
  const company = useQuery({ queryKey: ['working-hours'], queryFn: () => api.get<CompanyHours>('/working-hours') }).data
  const [hours, setHours] = useState(person.working_hours)
  const [territory, setTerritory] = useState(person.territory)
  const save = useMutation({
    mutationFn: () => api.put(`/users/${person.id}/availability`, { working_hours: hours, territory }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['availability'] })
      onDone()
    },
  })
  const errors = errorsByField(save.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <Text size="sm" fw={600}>{t('own_hours')}</Text>
        <Switch label={t('own_hours_on')} checked={hours !== null} disabled={company === undefined} onChange={event => setHours(event.currentTarget.checked && company !== undefined ? { days: company.days, time_zone: null } : null)} />
        {hours !== null && (
          <>
            <HoursEditor days={hours.days} errors={errors} path="working_hours.days" onChange={days => setHours({ ...hours, days })} />
            <Select label={t('time_zone')} placeholder={t('time_zone_company')} clearable searchable data={timeZoneChoices(hours.time_zone ?? undefined)} value={hours.time_zone} error={errors['time_zone']} onChange={value => setHours({ ...hours, time_zone: value })} />
          </>
        )}
        <TagsInput label={t('territory')} description={t('territory_hint')} placeholder={territory.length === 0 ? t('territory_placeholder') : ''} maxTags={200} value={territory} error={errors['territory']} onChange={setTerritory} />
        <ErrorNotice error={save.error} shownFields={['time_zone', 'territory']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

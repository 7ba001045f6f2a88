import { useState } from 'react'
import { ActionIcon, Badge, Group, Stack, Table, Text, Title } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Availability } from '../../shared/working-time.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { dayName } from './day-name.ts'
import { PersonForm } from './person-form.tsx'

/** Who works now, who is away, and what each looks after. */
export function PeoplePanel() {
  const { t } = useTranslation('routing')
  const [edited, setEdited] = useState<number | null>(null)
  const list = useQuery({ queryKey: ['availability'], queryFn: () => api.get<Page<Availability>>('/availability') })
  useLive(['availability'], () => void list.refetch())
  const people = list.data?.data ?? []
  return (
    <Stack gap="sm">
      <Stack gap={2}>
        <Title order={2} size="h4">{t('people_title')}</Title>
        <Text size="sm" c="dimmed">{t('people_hint')}</Text>
      </Stack>
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      <Table>
        <Table.Tbody>
          {people.map(person => (
            <Table.Tr key={person.id}>
              <Table.Td>
                <Text size="sm" fw={500}>{person.name}</Text>
                <PersonWords person={person} />
              </Table.Td>
              <Table.Td w={44}><ActionIcon variant="subtle" color="gray" aria-label={t('change_person', { name: person.name })} onClick={() => setEdited(person.id)}><IconPencil size={16} stroke={1.7} /></ActionIcon></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <PersonForm person={people.find(person => person.id === edited)} onClose={() => setEdited(null)} />
    </Stack>
  )
}

function PersonWords({ person }: { person: Availability }) {
  const { t, i18n } = useTranslation('routing')
  const format = useFormat()
  const state = person.absent_until !== null ? t('away_until', { day: dayName(person.absent_until, i18n.language) }) : person.works_now ? t('works_now') : person.works_from === null ? t('does_not_work') : t('works_from', { when: format.dayAndTime(person.works_from) })
  const standIn = person.absences.find(absence => absence.to_day === person.absent_until)?.substitute
  const coming = person.absent_until === null ? person.absences[0] : undefined
  return (
    <>
      <Group gap={8}>
        <Badge size="sm" variant="light" color={person.absent_until === null && person.works_now ? 'pine' : 'gray'} tt="none">{state}</Badge>
        {person.online && <Badge size="sm" variant="dot" color="pine" tt="none">{t('online')}</Badge>}
        <Text size="xs" c="dimmed" component={Link} to={`/leads?status=open&owner=${person.id}`}>{t('load', { count: person.load })}</Text>
      </Group>
      {standIn && <Text size="xs" c="dimmed">{t('stands_in', { name: standIn.name })}</Text>}
      {coming !== undefined && <Text size="xs" c="dimmed">{t('away_later', { from: dayName(coming.from_day, i18n.language), to: dayName(coming.to_day, i18n.language) })}{coming.substitute !== null && <> · {t('stands_in', { name: coming.substitute.name })}</>}</Text>}
      {person.territory.length > 0 && <Text size="xs" c="dimmed">{t('territory')}: {person.territory.join(', ')}</Text>}
    </>
  )
}

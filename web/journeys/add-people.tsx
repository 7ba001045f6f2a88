import { useState } from 'react'
import { Alert, Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useEditor } from './editor.ts'
import { FindContact } from './find-contact.tsx'

/** Puts one contact or a whole segment into the running journey, and says when the rules do not let somebody in. */
export function AddPeople({ journeyId }: { journeyId: number }) {
  const { t } = useTranslation('journeys')
  const [who, setWho] = useState<'contact' | 'segment'>('contact')
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t('add_people_text')}</Text>
      <SegmentedControl value={who} onChange={value => setWho(value as typeof who)} data={[{ value: 'contact', label: t('one_contact') }, { value: 'segment', label: t('whole_segment') }]} />
      {who === 'contact' ? <AddContact journeyId={journeyId} /> : <AddSegment journeyId={journeyId} />}
    </Stack>
  )
}

function AddContact({ journeyId }: { journeyId: number }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  const [contact, setContact] = useState<number | null>(null)
  const add = useMutation({
    mutationFn: async (id: number) => (await api.post<{ data: { outcome: string }[] }>(`/journeys/${journeyId}/enrolments`, { contacts: [id] })).data[0]?.outcome ?? 'not_found',
    onSuccess: () => void client.invalidateQueries({ queryKey: ['journey', journeyId] }),
  })
  return (
    <>
      <FindContact label={t('contact')} value={contact} onChange={(id) => { setContact(id); add.reset() }} />
      <ErrorNotice error={add.error} />
      {add.data !== undefined && <Alert color={add.data === 'enrolled' ? 'pine' : 'amber'} variant="light" p="xs">{t(`enrolment_outcomes.${add.data}`)}</Alert>}
      <Group justify="flex-end"><Button loading={add.isPending} disabled={contact === null} onClick={() => contact !== null && add.mutate(contact)}>{t('add')}</Button></Group>
    </>
  )
}

function AddSegment({ journeyId }: { journeyId: number }) {
  const { t } = useTranslation('journeys')
  const { lookups } = useEditor()
  const [segment, setSegment] = useState<string | null>(null)
  const add = useMutation({ mutationFn: (id: number) => api.post<{ people: number }>(`/journeys/${journeyId}/segment-enrolments`, { segment_id: id }) })
  return (
    <>
      <Select label={t('segment')} placeholder={t('choose')} searchable data={lookups.segments} value={segment} onChange={(id) => { setSegment(id); add.reset() }} />
      <ErrorNotice error={add.error} />
      {add.data !== undefined && <Alert color="pine" variant="light" p="xs">{t('segment_enters', { count: add.data.people })}</Alert>}
      <Group justify="flex-end"><Button loading={add.isPending} disabled={segment === null || add.isSuccess} onClick={() => segment !== null && add.mutate(Number(segment))}>{t('add')}</Button></Group>
    </>
  )
}

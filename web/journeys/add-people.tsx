import { useState } from 'react'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { FindContact } from './find-contact.tsx'

/** Puts one contact into the running journey, and says when the rules do not let them in. */
export function AddPeople({ journeyId }: { journeyId: number }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  const [contact, setContact] = useState<number | null>(null)
  const add = useMutation({
    mutationFn: async (id: number) => (await api.post<{ data: { outcome: string }[] }>(`/journeys/${journeyId}/enrolments`, { contacts: [id] })).data[0]?.outcome ?? 'not_found',
    onSuccess: () => void client.invalidateQueries({ queryKey: ['journey', journeyId] }),
  })
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t('add_people_text')}</Text>
      <FindContact label={t('contact')} value={contact} onChange={(id) => { setContact(id); add.reset() }} />
      <ErrorNotice error={add.error} />
      {add.data !== undefined && <Alert color={add.data === 'enrolled' ? 'pine' : 'amber'} variant="light" p="xs">{t(`enrolment_outcomes.${add.data}`)}</Alert>}
      <Group justify="flex-end"><Button loading={add.isPending} disabled={contact === null} onClick={() => contact !== null && add.mutate(contact)}>{t('add')}</Button></Group>
    </Stack>
  )
}

import { useState } from 'react'
import { Alert, Anchor, Button, Group, NumberInput, Stack, Text } from '@mantine/core'
import { IconFlask } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { FindContact } from './find-contact.tsx'
import { Ways } from './way.tsx'

/** Sends one contact through the draft, every wait cut short, and shows their way as they go. */
export function TestRun({ journeyId, beforeStart, blocking }: { journeyId: number, beforeStart: () => Promise<void>, blocking: number }) {
  const { t } = useTranslation('journeys')
  const [contact, setContact] = useState<number | null>(null)
  const [seconds, setSeconds] = useState(10)
  const run = useMutation({
    mutationFn: async (contactId: number) => {
      await beforeStart()
      const { enrolment_id } = await api.post<{ enrolment_id: number }>(`/journeys/${journeyId}/test-runs`, { contact_id: contactId, wait_seconds: seconds })
      return { enrolment_id, contactId }
    },
  })
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t('test_text')}</Text>
      {blocking > 0 && <Alert color="red" variant="light" p="xs">{t('problems_block', { count: blocking })}</Alert>}
      <FindContact label={t('test_contact')} value={contact} onChange={setContact} />
      <Group align="flex-end">
        <NumberInput label={t('test_seconds')} w={200} min={1} max={86_400} allowDecimal={false} value={seconds} onChange={value => setSeconds(typeof value === 'number' && value >= 1 ? value : 1)} />
        <Button leftSection={<IconFlask size={16} />} loading={run.isPending} disabled={contact === null || blocking > 0} onClick={() => contact !== null && run.mutate(contact)}>{t('test_start')}</Button>
      </Group>
      <ErrorNotice error={run.error} />
      {run.data && (
        <>
          <Text size="sm">{t('test_mails')} <Anchor component={Link} to="/mailbox" target="_blank" size="sm">{t('to_mailbox')}</Anchor></Text>
          <Ways journeyId={journeyId} contactId={run.data.contactId} only={run.data.enrolment_id} />
        </>
      )}
    </Stack>
  )
}

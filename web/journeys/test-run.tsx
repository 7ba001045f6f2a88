import { useState } from 'react'
import { Accordion, Alert, Anchor, Badge, Button, Checkbox, CloseButton, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { IconFlask } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { FindContact } from './find-contact.tsx'
import { Ways } from './way.tsx'

type Run = { mails_to: string, runs: { contact_id: number, enrolment_id: number }[] }
type Chosen = { id: number, label: string }

/** Sends some contacts through the draft, every wait cut short and the mails only to oneself, and shows their ways as they go. */
export function TestRun({ journeyId, beforeStart, blocking }: { journeyId: number, beforeStart: () => Promise<void>, blocking: number }) {
  const { t } = useTranslation('journeys')
  const { t: life } = useTranslation('journey_life')
  const { user } = useSession()
  const [people, setPeople] = useState<Chosen[]>([])
  const [seconds, setSeconds] = useState(10)
  const [mailsTo, setMailsTo] = useState(user.email)
  const [acts, setActs] = useState(false)
  const run = useMutation({
    mutationFn: async () => {
      await beforeStart()
      return await api.post<Run>(`/journeys/${journeyId}/test-runs`, { contact_ids: people.map(person => person.id), wait_seconds: seconds, mails_to: mailsTo, acts })
    },
  })
  const add = (id: number | null, label: string) => {
    if (id !== null && !people.some(person => person.id === id)) setPeople([...people, { id, label }])
  }
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{life('test.text')}</Text>
      {blocking > 0 && <Alert color="red" variant="light" p="xs">{t('problems_block', { count: blocking })}</Alert>}
      <FindContact key={people.length} label={t('test_contact')} value={null} onChange={add} />
      {people.length > 0 && (
        <Group gap={6}>
          {people.map(person => (
            <Badge key={person.id} variant="light" size="lg" tt="none" fw={500} rightSection={<CloseButton size="xs" variant="transparent" aria-label={life('test.leave_out', { name: person.label })} onClick={() => setPeople(people.filter(one => one.id !== person.id))} />}>{person.label}</Badge>
          ))}
        </Group>
      )}
      <Group align="flex-end" grow preventGrowOverflow={false}>
        <TextInput type="email" label={life('test.mails_to')} value={mailsTo} onChange={event => setMailsTo(event.currentTarget.value)} miw={220} />
        <NumberInput label={t('test_seconds')} miw={180} min={1} max={86_400} allowDecimal={false} value={seconds} onChange={value => setSeconds(typeof value === 'number' && value >= 1 ? value : 1)} />
      </Group>
      <Checkbox label={life('test.acts')} description={life('test.acts_hint')} checked={acts} onChange={event => setActs(event.currentTarget.checked)} />
      <Group><Button leftSection={<IconFlask size={16} />} loading={run.isPending} disabled={people.length === 0 || blocking > 0 || mailsTo.trim() === ''} onClick={() => run.mutate()}>{t('test_start')}</Button></Group>
      <ErrorNotice error={run.error} />
      {run.data && (
        <>
          <Text size="sm">{life('test.started', { address: run.data.mails_to })} {t('test_mails')} <Anchor component={Link} to="/mailbox" target="_blank" size="sm">{t('to_mailbox')}</Anchor></Text>
          {run.data.runs.length === 1
            ? <Ways journeyId={journeyId} contactId={run.data.runs[0]!.contact_id} only={run.data.runs[0]!.enrolment_id} />
            : (
                <Accordion variant="separated" multiple defaultValue={[String(run.data.runs[0]!.contact_id)]}>
                  {run.data.runs.map(one => (
                    <Accordion.Item key={one.contact_id} value={String(one.contact_id)}>
                      <Accordion.Control>{people.find(person => person.id === one.contact_id)?.label ?? `#${one.contact_id}`}</Accordion.Control>
                      <Accordion.Panel><Ways journeyId={journeyId} contactId={one.contact_id} only={one.enrolment_id} /></Accordion.Panel>
                    </Accordion.Item>
                  ))}
                </Accordion>
              )}
        </>
      )}
    </Stack>
  )
}

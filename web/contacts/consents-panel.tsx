import { useState } from 'react'
import { Badge, Button, Center, Drawer, Group, Loader, Modal, Paper, Select, SegmentedControl, Stack, Text, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ConsentEntry, Topic } from '../../shared/consent.ts'
import type { ContactCard } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { cardKey } from './card-query.ts'
import { Panel } from './panel.tsx'

const colors = { granted: 'pine', requested: 'amber', withdrawn: 'red' } as const

export function ConsentsPanel({ card }: { card: ContactCard }) {
  const { t, i18n } = useTranslation('contacts')
  const format = useFormat()
  const may = useMay('contacts')
  const [history, { open: openHistory, close: closeHistory }] = useDisclosure(false)
  const [recording, { open: record, close: stopRecording }] = useDisclosure(false)
  return (
    <Panel title={t('consents.title')} action={<Button variant="subtle" size="compact-xs" onClick={openHistory}>{t('consents.history')}</Button>}>
      <Stack gap={8}>
        {card.consents.length === 0 && <Text size="sm" c="dimmed">{t('consents.none')}</Text>}
        {card.consents.map(consent => (
          <Group key={consent.topic_id} gap="xs" justify="space-between" wrap="nowrap">
            <Text size="sm">{i18n.language === 'ru' ? consent.name_ru : consent.name_en}</Text>
            <Group gap={8} wrap="nowrap">
              <Text size="xs" c="dimmed">{format.day(consent.since)}</Text>
              <Badge color={colors[consent.status]}>{t(`consents.status.${consent.status}`)}</Badge>
            </Group>
          </Group>
        ))}
        {may && <Button variant="default" size="xs" w="fit-content" onClick={record}>{t('consents.record')}</Button>}
      </Stack>
      <Drawer opened={history} onClose={closeHistory} position="right" size={460} title={<Text fw={600}>{t('consents.history_of', { name: card.name })}</Text>}>
        {history && <History contactId={card.id} />}
      </Drawer>
      <Modal opened={recording} onClose={stopRecording} title={<Text fw={600}>{t('consents.record')}</Text>}>
        {recording && <RecordForm contactId={card.id} onDone={stopRecording} />}
      </Modal>
    </Panel>
  )
}

/** The ledger: each entry with what proves it. */
function History({ contactId }: { contactId: number }) {
  const { t, i18n } = useTranslation('contacts')
  const format = useFormat()
  const list = useList<ConsentEntry>(`/contacts/${contactId}/consents`)
  if (list.isPending) return <Center py="xl"><Loader type="dots" /></Center>
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Text size="sm" c="dimmed">{t('consents.none')}</Text>
  return (
    <Stack gap="sm">
      {list.rows.map(entry => (
        <Paper key={entry.id} p="sm">
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={500}>{i18n.language === 'ru' ? entry.topic.name_ru : entry.topic.name_en}</Text>
            <Badge color={colors[entry.action]}>{t(`consents.status.${entry.action}`)}</Badge>
          </Group>
          <Text size="sm" my={4} style={{ overflowWrap: 'anywhere' }}>{entry.wording}</Text>
          <Text size="xs" c="dimmed">{format.dayAndTime(entry.occurred_at)} · {entry.source_name ?? t(`consents.sources.${entry.source.split(':')[0] ?? ''}`, { defaultValue: entry.source })}</Text>
          {entry.ip_address !== null && <Text size="xs" c="dimmed">{t('consents.from_address', { address: entry.ip_address })}</Text>}
          {entry.user_agent !== null && <Text size="xs" c="dimmed" lineClamp={2}>{entry.user_agent}</Text>}
        </Paper>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

function RecordForm({ contactId, onDone }: { contactId: number, onDone: () => void }) {
  const { t, i18n } = useTranslation('contacts')
  const client = useQueryClient()
  const topics = useQuery({ queryKey: ['topics'], queryFn: () => api.get<Page<Topic>>('/topics') })
  const [topic, setTopic] = useState<string | null>(null)
  const [action, setAction] = useState('granted')
  const [wording, setWording] = useState('')
  const save = useMutation({
    mutationFn: () => api.post(`/contacts/${contactId}/consents`, { topic_id: Number(topic), action, wording }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: cardKey(contactId) })
      void client.invalidateQueries({ queryKey: ['list'] })
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
        <Select
          label={t('consents.topic')} required value={topic} onChange={setTopic} error={errors['topic_id']}
          data={(topics.data?.data ?? []).filter(each => each.archived_at === null).map(each => ({ value: String(each.id), label: i18n.language === 'ru' ? each.name_ru : each.name_en }))}
        />
        <SegmentedControl value={action} onChange={setAction} data={[{ value: 'granted', label: t('consents.grant') }, { value: 'withdrawn', label: t('consents.withdraw') }]} />
        <Textarea label={t('consents.wording')} description={t('consents.wording_hint')} required autosize minRows={2} value={wording} onChange={event => setWording(event.currentTarget.value)} error={errors['wording']} />
        <ErrorNotice error={save.error} shownFields={['topic_id', 'wording']} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>{t('app:cancel')}</Button>
          <Button type="submit" loading={save.isPending} disabled={topic === null || wording.trim() === ''}>{t('consents.record_button')}</Button>
        </Group>
      </Stack>
    </form>
  )
}

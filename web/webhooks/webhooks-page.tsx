import { useState } from 'react'
import { Badge, Button, Code, Drawer, Group, Loader, Paper, SegmentedControl, Stack, Switch, Text, Title } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { webhookCallState } from '../../shared/webhooks.ts'
import type { WebhookCall, WebhookCallDetails, WebhookSettings } from '../../shared/webhooks.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { readable } from './readable.ts'
import { Sample } from './sample.tsx'

const colors = { waiting: 'amber', sending: 'amber', done: 'pine', failed: 'red' } as const
const settingsKey = ['webhook-settings']

/** Calls that journeys made to other programs: how each stands, what was answered; and how they are signed. */
export function Page() {
  const { t } = useTranslation('webhooks')
  const administers = useMay('administer')
  const client = useQueryClient()
  const [params, setParams] = useSearchParams()
  const [opened, setOpened] = useState<number | null>(null)
  const state = params.get('state') ?? ''
  useLive(['webhooks'], () => {
    void client.invalidateQueries({ queryKey: ['list'] })
    void client.invalidateQueries({ queryKey: ['webhook-call'] })
  })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack gap="lg">
        {administers && <Settings />}
        <Sample />
        <div>
          <Title order={2} size="h3" mb="xs">{t('calls')}</Title>
          <DataList<WebhookCall>
            name="webhook-calls" path={withQuery('/webhook-calls', { state, journey: params.get('journey'), contact: params.get('contact') })} rowKey={row => row.id} onRow={row => setOpened(row.id)} minWidth={640}
            toolbar={<SegmentedControl size="xs" value={state} onChange={value => setParams(value === '' ? {} : { state: value }, { replace: true })} data={[{ value: '', label: t('all') }, ...webhookCallState.options.filter(each => each !== 'sending').map(each => ({ value: each, label: t(`states.${each}`) }))]} />}
            columns={[
              { key: 'state', label: t('state'), fixed: true, width: 120, render: row => <Badge color={colors[row.state]}>{t(`states.${row.state}`)}</Badge> },
              {
                key: 'url', label: t('where'),
                render: row => (
                  <Stack gap={0}>
                    <Text size="sm" style={{ overflowWrap: 'anywhere' }} lineClamp={1}>{row.url}</Text>
                    {row.outcome !== '' && <Text size="xs" c="dimmed">{t(`outcomes.${row.outcome}`, { status: row.status ?? '' })}</Text>}
                  </Stack>
                ),
              },
              { key: 'contact', label: t('contact'), render: row => row.contact.name },
              { key: 'journey', label: t('journey'), hidden: true, render: row => row.journey?.name },
              { key: 'attempts', label: t('attempts'), align: 'right', render: row => row.attempts },
              { key: 'created', label: t('made'), render: row => <TimeAgo time={row.created_at} size="sm" /> },
            ]}
            empty={<EmptyState icon={IconWebhook} title={state === '' ? t('empty.title') : t('empty.none_such')} text={t('empty.text')} />}
          />
        </div>
      </Stack>
      <Drawer opened={opened !== null} onClose={() => setOpened(null)} position="right" size={560} title={<Text fw={600}>{t('call')}</Text>}>
        {opened !== null && <Call id={opened} />}
      </Drawer>
    </>
  )
}

function Call({ id }: { id: number }) {
  const { t } = useTranslation('webhooks')
  const client = useQueryClient()
  const format = useFormat()
  const query = useQuery({ queryKey: ['webhook-call', id], queryFn: () => api.get<WebhookCallDetails>(`/webhook-calls/${id}`) })
  const again = useMutation({
    mutationFn: () => api.post<WebhookCallDetails>(`/webhook-calls/${id}/retrial`), onError: notifyError,
    onSuccess: (call) => {
      client.setQueryData(['webhook-call', id], call)
      void client.invalidateQueries({ queryKey: ['list'] })
    },
  })
  if (query.isPending) return <Loader type="dots" />
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const call = query.data
  return (
    <Stack gap="sm">
      <Group gap="xs"><Badge color={colors[call.state]}>{t(`states.${call.state}`)}</Badge><Text size="sm">{call.outcome === '' ? '' : t(`outcomes.${call.outcome}`, { status: call.status ?? '' })}</Text></Group>
      {call.detail !== '' && <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{call.detail}</Text>}
      <Text size="sm">{t('tries', { count: call.attempts })}{call.next_at !== null && <> {t('next_try', { time: format.dayAndTime(call.next_at) })}</>}</Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{call.url}</Text>
      <Group gap="xs">
        <Text size="sm" component={Link} to={`/contacts/${call.contact.id}`}>{call.contact.name}</Text>
        {call.journey !== null && <Text size="sm" component={Link} to={`/journeys/${call.journey.id}?contact=${call.contact.id}`}>{call.journey.name}</Text>}
      </Group>
      {(call.state === 'failed' || call.state === 'waiting') && <Button w="fit-content" loading={again.isPending} onClick={() => again.mutate()}>{t('again')}</Button>}
      <Text size="sm" fw={500}>{t('sent')}</Text>
      <Code block fz="xs" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{readable(call.body)}</Code>
      <Text size="sm" fw={500}>{t('answer')}</Text>
      {call.answer === null || call.answer === '' ? <Text size="sm" c="dimmed">{t('no_answer')}</Text> : <Code block fz="xs" mah={400} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', overflowY: 'auto' }}>{readable(call.answer)}</Code>}
    </Stack>
  )
}

function Settings() {
  const { t } = useTranslation('webhooks')
  const client = useQueryClient()
  const format = useFormat()
  const [shown, setShown] = useState(false)
  const query = useQuery({ queryKey: settingsKey, queryFn: () => api.get<WebhookSettings>('/webhook-settings') })
  const keep = (settings: WebhookSettings) => client.setQueryData(settingsKey, settings)
  const allow = useMutation({ mutationFn: (allowed: boolean) => api.put<WebhookSettings>('/webhook-settings', { allow_private: allowed }), onSuccess: keep, onError: notifyError })
  const rotate = () => confirmDelete({ title: t('rotate_title'), text: t('rotate_text'), confirm: t('rotate'), onConfirm: async () => keep(await api.post<WebhookSettings>('/webhook-settings/secret')) })
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  if (query.data === undefined) return null
  const { secret, old_secret_until, allow_private } = query.data
  return (
    <Paper p="md">
      <Stack gap="sm">
        <Title order={2} size="h3">{t('signing')}</Title>
        <Text size="sm" c="dimmed">{t('signing_text')}</Text>
        {shown ? <CopyField label={t('secret')} value={secret} /> : <Button variant="default" w="fit-content" onClick={() => setShown(true)}>{t('show_secret')}</Button>}
        {old_secret_until !== null && <Text size="sm">{t('old_until', { time: format.dayAndTime(old_secret_until) })}</Text>}
        <Button variant="subtle" w="fit-content" px={0} onClick={rotate}>{t('rotate')}</Button>
        <Switch label={t('allow_private')} description={t('allow_private_text')} checked={allow_private} disabled={allow.isPending} onChange={event => allow.mutate(event.currentTarget.checked)} />
      </Stack>
    </Paper>
  )
}

import { Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { PlacementTestDetail } from '../../shared/placement.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { PlacementResultCard } from './placement-result.tsx'

/** One placement test: for each mailbox where the mail landed, how long it took, and what the receiver found out. */
export function Page() {
  const { t } = useTranslation('placement')
  const { id } = useParams()
  const navigate = useNavigate()
  const may = useMay('marketing')
  const found = useQuery({ queryKey: ['placement-test', id], queryFn: ({ signal }) => api.get<PlacementTestDetail>(`/placement-tests/${id}`, { signal }), refetchInterval: query => query.state.data?.state === 'running' ? 5000 : false })
  useLive(['placement'], () => void found.refetch())
  if (found.isPending) return <Skeleton height={320} radius="lg" />
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  const test = found.data
  const remove = () => confirmDelete({ title: t('forget_title'), text: t('forget_text'), confirm: t('forget'), onConfirm: async () => { await api.delete(`/placement-tests/${test.id}`); await navigate('/deliverability/placement') } })
  return (
    <>
      <PageHeader
        title={test.name} back={{ to: '/deliverability/placement', label: t('title') }}
        subtitle={(
          <Group gap={6}>
            <Text span size="sm" c="dimmed">{t('started')} <TimeAgo time={test.started_at} /></Text>
            {test.sender && <Text span size="sm" c="dimmed">· {t('by_sender', { name: test.sender.name })}</Text>}
            {test.campaign ? <Anchor component={Link} size="sm" to={`/campaigns/${test.campaign.id}`}>{t('to_campaign')}</Anchor> : test.template && <Anchor component={Link} size="sm" to={`/templates/${test.template.id}`}>{t('to_template')}</Anchor>}
          </Group>
        )}
        actions={may && <Button variant="default" onClick={remove}>{t('forget')}</Button>}
      />
      <Stack gap="md">
        {test.state === 'running' && <Text size="sm" c="dimmed" role="status">{t('running', { count: test.wait_minutes })}</Text>}
        {test.results.map(result => <PlacementResultCard key={result.id} result={result} />)}
      </Stack>
    </>
  )
}

import { Alert, Anchor, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Alert as OpenAlert } from '../../shared/alerts.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

/** What is wrong with sending at this moment; nothing when nothing is. */
export function OpenAlerts() {
  const { t, i18n } = useTranslation('alerts')
  const found = useQuery({ queryKey: ['open-alerts'], queryFn: ({ signal }) => api.get<Page<OpenAlert>>('/alerts?open=true&limit=10', { signal }) })
  useLive(['alerts'], () => void found.refetch())
  if (!found.data || found.data.data.length === 0) return null
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={t('open_now')} mb="lg">
      <Stack gap={4}>
        {found.data.data.map(alert => <Text key={alert.id} size="sm"><Anchor component={Link} to={alert.link} inherit>{alert.title[i18n.language === 'ru' ? 'ru' : 'en']}</Anchor> <TimeAgo time={alert.raised_at} size="xs" c="dimmed" /></Text>)}
      </Stack>
    </Alert>
  )
}

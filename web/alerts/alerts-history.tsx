import { useState } from 'react'
import { Badge, Button, Collapse, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconBellCheck } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Alert, AlertDelivery } from '../../shared/alerts.ts'
import { useLive } from '../app/live.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { serverWords } from '../ui/server-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'

const colors: Record<Alert['state'], string> = { open: 'red', well: 'pine', past: 'gray', test: 'gray' }
const deliveryColors: Record<AlertDelivery['state'], string> = { waiting: 'amber', sent: 'pine', failed: 'red' }

/** What went wrong, the latest first; each opens to where it was told and whether that arrived. */
export function AlertsHistory() {
  const { t } = useTranslation('alerts')
  const client = useQueryClient()
  const list = useList<Alert>('/alerts')
  useLive(['alerts'], () => void client.invalidateQueries({ queryKey: ['list'] }))
  return (
    <Paper p="md">
      <Title order={2} size="h4" mb="xs">{t('history')}</Title>
      {list.isSuccess && list.rows.length === 0 && <EmptyState icon={IconBellCheck} title={t('empty_title')} text={t('empty_text')} />}
      <Stack gap="md">
        {list.rows.map(alert => <AlertRow key={alert.id} alert={alert} />)}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Paper>
  )
}

function AlertRow({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation('alerts')
  const format = useFormat()
  const [opened, setOpened] = useState(false)
  const language = i18n.language === 'ru' ? 'ru' : 'en'
  const failed = alert.deliveries.filter(delivery => delivery.state === 'failed').length
  const waiting = alert.deliveries.filter(delivery => delivery.state === 'waiting').length
  return (
    <Stack gap={4}>
      <Group gap="xs" align="baseline">
        <Badge size="sm" color={colors[alert.state]}>{t(`states.${alert.state}`)}</Badge>
        <Text size="sm" fw={500} component={Link} to={alert.link} c="var(--mantine-color-text)">{alert.title[language]}</Text>
        <TimeAgo time={alert.raised_at} size="xs" c="dimmed" />
      </Group>
      {alert.body[language] !== '' && <Text size="sm" c="dimmed" lineClamp={3} style={{ overflowWrap: 'anywhere' }}>{alert.body[language]}</Text>}
      <Text size="xs" c="dimmed">
        {[
          alert.times > 1 ? t('times', { count: alert.times, time: format.dayAndTime(alert.last_at) }) : '',
          alert.well_at === null ? '' : t('well_at', { time: format.dayAndTime(alert.well_at) }),
          alert.tell_after === null ? '' : t('tell_after', { time: format.time(alert.tell_after) }),
        ].filter(Boolean).join(' · ')}
      </Text>
      <Group gap="xs">
        {alert.deliveries.length === 0 ? alert.tell_after === null && <Text size="sm">{t('told_nobody')}</Text> : (
          <Button variant="subtle" size="compact-sm" px={0} aria-expanded={opened} onClick={() => setOpened(!opened)}>{t('told', { count: alert.deliveries.length })}</Button>
        )}
        {failed > 0 && <Badge size="sm" color="red" variant="light">{t('failed', { count: failed })}</Badge>}
        {waiting > 0 && <Badge size="sm" color="amber" variant="light">{t('waiting', { count: waiting })}</Badge>}
      </Group>
      <Collapse expanded={opened}>
        <Stack gap={6} pl="sm">
          {alert.deliveries.map(delivery => (
            <Stack key={delivery.id} gap={0}>
              <Group gap="xs">
                <Badge size="xs" color={deliveryColors[delivery.state]}>{t(`deliveries.${delivery.state}`)}</Badge>
                <Text size="sm">{t(`ways.${delivery.way}`)}{delivery.news === 'well' && ` · ${t('news_well')}`} · <Text span style={{ overflowWrap: 'anywhere' }}>{delivery.address}</Text></Text>
                <TimeAgo time={delivery.finished_at ?? delivery.created_at} size="xs" c="dimmed" />
              </Group>
              {delivery.detail !== '' && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{serverWords(delivery.detail)}</Text>}
              {delivery.next_at !== null && <Text size="xs" c="dimmed">{t('next_try', { time: format.dayAndTime(delivery.next_at) })}</Text>}
            </Stack>
          ))}
        </Stack>
      </Collapse>
    </Stack>
  )
}

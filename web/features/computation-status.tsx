import { Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { FeaturesState } from '../../shared/features.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { featuresKey } from './features-query.ts'

/** When classes and predictions were computed last, how far the present computation is, and "compute again". */
export function ComputationStatus({ state }: { state: FeaturesState }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const may = useMay('marketing')
  const client = useQueryClient()
  const compute = useMutation({ mutationFn: () => api.post<FeaturesState>('/features/computation'), onSuccess: next => client.setQueryData(featuresKey, next) })
  const { latest, waiting } = state
  const running = latest?.state === 'running' ? latest : null
  const share = running === null || running.customers === 0 ? 0 : Math.min(1, running.looked_at / running.customers)
  return (
    <Paper component="section" aria-label={t('page.computation')}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="sm">
          <Stack gap={2} miw={0} flex="1 1 260px">
            <Title order={2}>{t('page.computation')}</Title>
            <Text size="sm" c="dimmed">{state.computed_at === null ? t('page.never') : t('page.computed_at', { when: format.dayAndTime(state.computed_at) })}</Text>
          </Stack>
          {may && <Button variant="default" leftSection={<IconRefresh size={16} />} loading={compute.isPending} disabled={waiting || running !== null} onClick={() => compute.mutate()}>{t('page.again')}</Button>}
        </Group>
        {waiting && running === null && <Text size="sm">{t('page.waiting')}</Text>}
        {running !== null && (
          <Stack gap={4} role="status">
            <Text size="sm">{t(`page.phases.${running.phase}`, { looked: format.number(running.looked_at), customers: format.number(running.customers) })}</Text>
            <Progress value={running.phase === 'fitting' ? 100 : 100 * share} animated={running.phase === 'fitting'} aria-label={t('page.computation')} />
          </Stack>
        )}
        {latest?.state === 'failed' && <Text size="sm" c="red">{t('page.failed', { when: format.dayAndTime(latest.started_at), error: latest.error ?? '' })}</Text>}
        {latest?.state === 'done' && <Text size="sm">{t('page.done', { customers: format.number(latest.customers), changed: format.number(latest.changed) })}</Text>}
        <ErrorNotice error={compute.error} />
      </Stack>
    </Paper>
  )
}

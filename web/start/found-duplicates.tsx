import { Anchor, Group, Paper, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DuplicateOverview } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'

/** How many cards wait to be merged; nothing while there are none. */
export function FoundDuplicates() {
  const { t } = useTranslation('start')
  const client = useQueryClient()
  const groups = useQuery({ queryKey: ['duplicates'], queryFn: () => api.get<DuplicateOverview>('/duplicates/overview') }).data?.groups
  useLive(['duplicates', 'merges'], () => void client.invalidateQueries({ queryKey: ['duplicates'] }))
  const found = (['certain', 'likely'] as const).filter(level => (groups?.[level] ?? 0) > 0)
  if (groups === undefined || found.length === 0) return null
  return (
    <Paper component="section" aria-label={t('duplicates.title')}>
      <Title order={2} mb="xs">{t('duplicates.title')}</Title>
      <Text size="sm" c="dimmed" mb={6}>{t('duplicates.text')}</Text>
      <Group gap="md">
        {found.map(level => <Anchor key={level} component={Link} to={`/duplicates?level=${level}`} size="sm">{t(`duplicates.${level}`, { count: groups[level] })}</Anchor>)}
      </Group>
    </Paper>
  )
}

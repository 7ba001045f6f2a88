import { useState } from 'react'
import { Badge, Button, Collapse, Group, Paper, Progress, Skeleton, Stack, Text } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { VersionRow } from '../../shared/journey-versions.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { ChangesList } from './changes-list.tsx'
import { useEditor } from './editor.ts'

/** Every version with who published it and what it changed; an older one can be published again. */
export function VersionsPanel({ journeyId, onPublishAgain }: { journeyId: number, onPublishAgain: (version: number, graph: JourneyGraph) => void }) {
  const { t } = useTranslation('journey_life')
  const versions = useQuery({ queryKey: ['journey', journeyId, 'versions'], queryFn: ({ signal }) => api.get<{ data: VersionRow[] }>(`/journeys/${journeyId}/versions`, { signal }) })
  if (versions.isPending) return <Skeleton h={120} />
  if (versions.isError) return <ErrorNotice error={versions.error} retry={() => void versions.refetch()} />
  if (versions.data.data.length === 0) return <Text size="sm" c="dimmed">{t('versions.none')}</Text>
  return <Stack gap="sm">{versions.data.data.map(version => <Version key={version.number} journeyId={journeyId} version={version} onPublishAgain={onPublishAgain} />)}</Stack>
}

function Version({ journeyId, version, onPublishAgain }: { journeyId: number, version: VersionRow, onPublishAgain: (version: number, graph: JourneyGraph) => void }) {
  const { t } = useTranslation('journey_life')
  const { readOnly } = useEditor()
  const format = useFormat()
  const [opened, setOpened] = useState(false)
  const graph = (number: number) => ({ queryKey: ['journey-version', journeyId, number], queryFn: async ({ signal }: { signal: AbortSignal }) => (await api.get<{ graph: JourneyGraph }>(`/journeys/${journeyId}/versions/${number}`, { signal })).graph, staleTime: Infinity })
  const after = useQuery({ ...graph(version.number), enabled: opened || !version.live })
  const before = useQuery({ ...graph(version.number - 1), enabled: opened && version.changes !== null })
  const { move } = version
  return (
    <Paper p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text size="sm" fw={600}>{t('versions.number', { number: version.number })}</Text>
          {version.live && <Badge color="pine">{t('versions.live')}</Badge>}
          <Text size="xs" c="dimmed">{format.dayAndTime(version.published_at)}{version.published_by === null ? '' : `, ${version.published_by}`}</Text>
        </Group>
        <Group gap="xs">
          <Text size="xs" c="dimmed">{t('versions.people', { count: version.people })}</Text>
          {version.changes !== null && <Button size="compact-xs" variant="subtle" onClick={() => setOpened(!opened)} aria-expanded={opened}>{t('versions.what_changed')}</Button>}
          {!version.live && !readOnly && <Button size="compact-xs" variant="light" leftSection={<IconArrowBackUp size={13} />} disabled={!after.data} onClick={() => after.data && onPublishAgain(version.number, after.data)}>{t('versions.publish_again')}</Button>}
        </Group>
      </Group>
      {move !== null && (
        <Stack gap={4} mt="xs">
          {!move.finished && <Progress value={move.people === 0 ? 0 : (move.moved + move.ended) / move.people * 100} size="sm" animated aria-label={t('versions.moving')} />}
          <Text size="xs" c="dimmed">{move.finished ? t('versions.moved', { moved: format.number(move.moved), ended: format.number(move.ended) }) : t('versions.moving_now', { done: format.number(move.moved + move.ended), all: format.number(move.people) })}</Text>
        </Stack>
      )}
      {version.changes !== null && <Collapse expanded={opened} mt={opened ? 'xs' : 0}><ChangesList changes={version.changes} before={before.data} after={after.data} /></Collapse>}
    </Paper>
  )
}

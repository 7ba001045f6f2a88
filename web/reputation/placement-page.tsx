import { useState } from 'react'
import { Anchor, Badge, Button, Group, Modal, Paper, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconMailSearch } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { PlacementMailbox, PlacementTest } from '../../shared/placement.ts'
import { api, type Page as ListPage } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { ConsentOutcome } from '../inbound/mailbox-consent.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { outcomeColours, outcomesInOrder } from './placement-outcomes.ts'
import { PlacementMailboxes, placementMailboxesKey } from './placement-mailboxes.tsx'
import { StartPlacement } from './start-placement.tsx'

/** Where our mails land at several providers: the test mailboxes with their trend, and every test. */
export function Page() {
  const { t } = useTranslation('placement')
  const client = useQueryClient()
  const may = useMay('marketing')
  const administers = useMay('administer')
  const [starting, setStarting] = useState(false)
  const [adding, setAdding] = useState(false)
  const mailboxes = useQuery({ queryKey: placementMailboxesKey, queryFn: ({ signal }) => api.get<ListPage<PlacementMailbox>>('/placement-tests/mailboxes', { signal }) })
  const { rows, ...list } = useList<PlacementTest>('/placement-tests')
  const refresh = () => { void client.invalidateQueries({ queryKey: placementMailboxesKey }); void list.refetch() }
  useLive(['placement', 'mailboxes'], refresh)
  const boxes = mailboxes.data?.data ?? []
  const ready = boxes.some(mailbox => !mailbox.paused)
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} back={{ to: '/deliverability', label: t('back') }} actions={may && ready && <Button onClick={() => setStarting(true)}>{t('start')}</Button>} />
      <ConsentOutcome />
      {(mailboxes.isPending || list.isPending) && <Skeleton height={320} radius="lg" />}
      {mailboxes.isError && <ErrorNotice error={mailboxes.error} retry={() => void mailboxes.refetch()} />}
      {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {mailboxes.isSuccess && list.isSuccess && (
        <Stack gap="lg">
          {boxes.length === 0 && rows.length === 0 && (
            <Paper><EmptyState icon={IconMailSearch} title={t('empty_title')} text={t(administers ? 'empty_text' : 'empty_text_other')} action={administers && <Button onClick={() => setAdding(true)}>{t('add_mailbox')}</Button>} /></Paper>
          )}
          {(boxes.length > 0 || adding) && <PlacementMailboxes mailboxes={boxes} adding={adding} onAdding={setAdding} />}
          {boxes.length > 0 && (
            <Paper p="md">
              <Title order={2} size="h4" mb="xs">{t('tests')}</Title>
              {rows.length === 0 ? <Text size="sm" c="dimmed">{t('no_tests')}</Text> : <Tests rows={rows} />}
              <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
            </Paper>
          )}
        </Stack>
      )}
      <Modal opened={starting} onClose={() => setStarting(false)} title={<Text fw={600}>{t('start')}</Text>}>{starting && <StartPlacement mailboxes={boxes.filter(mailbox => !mailbox.paused)} />}</Modal>
    </>
  )
}

function Tests({ rows }: { rows: PlacementTest[] }) {
  const { t } = useTranslation('placement')
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table>
        <Table.Thead><Table.Tr><Table.Th>{t('columns.mail')}</Table.Th><Table.Th>{t('columns.landed')}</Table.Th><Table.Th>{t('columns.started')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {rows.map(row => (
            <Table.Tr key={row.id}>
              <Table.Td><Anchor component={Link} to={`/deliverability/placement/${row.id}`} size="sm" style={{ overflowWrap: 'anywhere' }}>{row.name}</Anchor>{row.sender && <Text size="xs" c="dimmed">{t('by_sender', { name: row.sender.name })}</Text>}</Table.Td>
              <Table.Td><Group gap={6}>{outcomesInOrder.filter(outcome => (row.outcomes[outcome] ?? 0) > 0).map(outcome => <Badge key={outcome} variant="light" color={outcomeColours[outcome]}>{t(`outcomes.${outcome}`)} {row.outcomes[outcome]}</Badge>)}</Group></Table.Td>
              <Table.Td><TimeAgo time={row.started_at} size="sm" /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

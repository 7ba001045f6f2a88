import { useState } from 'react'
import { Button, Group, Kbd, Paper, Progress, Skeleton, Stack, Tabs, Text } from '@mantine/core'
import { useHotkeys, type HotkeyItem } from '@mantine/hooks'
import { IconUserCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { DuplicateLevel, DuplicateOverview, DuplicateGroup } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { MergeDialog } from '../contacts/merge-dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { Companies } from './companies.tsx'
import { Different } from './different.tsx'
import { MergeMany } from './merge-many.tsx'
import { groupKey, GroupRow } from './group-row.tsx'
import { useDiffer, useRefreshDuplicates } from './use-differ.ts'
import { ViewChoice, viewOf } from './view-choice.tsx'

/** People who stand in the base twice, and companies that do. */
export function Page() {
  const { t } = useTranslation('duplicates')
  const [params, setParams] = useSearchParams()
  const of = params.get('of') === 'companies' ? 'companies' : 'people'
  const overview = useQuery({ queryKey: ['duplicates'], queryFn: ({ signal }) => api.get<DuplicateOverview>('/duplicates/overview', { signal }) })
  useLive(['duplicates', 'merges'], useRefreshDuplicates())
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={of === 'people' && <CheckAll overview={overview.data} />} />
      <Tabs value={of} onChange={value => setParams(value === 'companies' ? { of: value } : {}, { replace: true })} mb="md">
        <Tabs.List aria-label={t('of.label')}>
          {(['people', 'companies'] as const).map(each => <Tabs.Tab key={each} value={each}>{t(`of.${each}`)}</Tabs.Tab>)}
        </Tabs.List>
      </Tabs>
      {of === 'companies' ? <Companies /> : <People overview={overview} />}
    </>
  )
}

/** Cards that may be one person, the surest first: merged, or told apart, with the keyboard alone. */
function People({ overview }: { overview: UseQueryResult<DuplicateOverview> }) {
  const { t } = useTranslation('duplicates')
  const [params, setParams] = useSearchParams()
  const found = overview.data
  const view = viewOf(params)
  if (overview.isError) return <ErrorNotice error={overview.error} retry={() => void overview.refetch()} />
  if (found === undefined) return <Skeleton height={320} radius="lg" />
  return (
    <Stack gap="md">
      {found.checking !== null && (
        <Stack gap={4}>
          <Text size="sm">{t('checking')}</Text>
          <Progress value={found.checking * 100} animated aria-label={t('checking')} />
        </Stack>
      )}
      <MergeMany overview={found} />
      <Group justify="space-between" gap="sm">
        <ViewChoice view={view} counts={{ ...found.groups, different: found.different }} different={t('views.different')} onView={level => setParams({ level }, { replace: true })} />
        <Text size="xs" c="dimmed">{found.waiting > 0 ? t('waiting', { count: found.waiting }) : found.checked_at !== null && <>{t('checked')} <TimeAgo time={found.checked_at} /></>}</Text>
      </Group>
      {view === 'different' ? <Different /> : <Groups key={view} level={view} />}
    </Stack>
  )
}

function CheckAll({ overview }: { overview: DuplicateOverview | undefined }) {
  const { t } = useTranslation('duplicates')
  const client = useQueryClient()
  const may = useMay('contacts')
  const check = useMutation({ mutationFn: () => api.post<DuplicateOverview>('/duplicates/check'), onSuccess: data => client.setQueryData(['duplicates'], data), onError: notifyError })
  return may ? <Button variant="default" disabled={overview?.checking !== null} loading={check.isPending} onClick={() => check.mutate()}>{t('check_all')}</Button> : null
}

function Groups({ level }: { level: DuplicateLevel }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const list = useList<DuplicateGroup>(`/duplicates/groups?level=${level}`)
  const differ = useDiffer()
  const refresh = useRefreshDuplicates()
  const [chosen, setChosen] = useState<string | null>(null)
  const [merging, setMerging] = useState<DuplicateGroup | null>(null)
  // The place stays when its pair is dealt with: the next one moves up.
  const [place, setPlace] = useState(0)
  const found = list.rows.findIndex(row => groupKey(row) === chosen)
  const at = Math.min(found === -1 ? place : found, list.rows.length - 1)
  const current = list.rows[at]
  const choose = (index: number) => {
    const row = list.rows[Math.max(0, Math.min(index, list.rows.length - 1))]
    if (row === undefined) return
    setChosen(groupKey(row))
    setPlace(list.rows.indexOf(row))
    if (index >= list.rows.length - 2 && list.hasNextPage) void list.fetchNextPage()
  }
  // By the place on the keyboard, so that they work with Russian letters, too.
  const key = (letter: string, act: () => void): HotkeyItem => [letter, act, { usePhysicalKeys: true }]
  useHotkeys(merging !== null || current === undefined ? [] : [
    key('J', () => choose(at + 1)), key('K', () => choose(at - 1)),
    ...may ? [key('M', () => setMerging(current)), ...current.cards.length === 2 ? [key('N', () => differ.mutate(current.cards.map(card => card.id)))] : []] : [],
  ])
  if (list.isPending) return <Skeleton height={220} radius="lg" />
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Paper p="md"><EmptyState icon={IconUserCheck} title={t(`empty.${level}`)} text={t('empty.text')} /></Paper>
  return (
    <>
      <Text size="sm" c="dimmed">{t(`level_texts.${level}`)}</Text>
      {list.rows.map((group, index) => <GroupRow key={groupKey(group)} group={group} current={index === at} onChoose={() => choose(index)} onMerge={() => setMerging(group)} onDiffer={(card, others) => differ.mutate([card, ...others])} />)}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      {may && <Text size="xs" c="dimmed" visibleFrom="sm"><Kbd size="xs">J</Kbd> <Kbd size="xs">K</Kbd> {t('keys.move')} · <Kbd size="xs">M</Kbd> {t('keys.merge')} · <Kbd size="xs">N</Kbd> {t('keys.differ')}</Text>}
      {merging !== null && <MergeDialog keep={merging.stays} others={merging.cards.map(card => card.id).filter(id => id !== merging.stays)} opened stays onClose={() => setMerging(null)} onMerged={refresh} />}
    </>
  )
}

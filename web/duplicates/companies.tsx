import { useState } from 'react'
import { Button, Group, Paper, Skeleton, Stack, Text } from '@mantine/core'
import { IconBuilding } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { CompanyOverview, CompanyPair, DifferentCompanies, DuplicateCompany } from '../../shared/company-duplicates.ts'
import type { DuplicateLevel } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { useList } from '../ui/use-list.ts'
import { LevelBadge } from './level-badge.tsx'
import { MergeCompanies } from './merge-companies.tsx'
import { Reasons } from './reasons.tsx'
import { SideBySide, type Compared } from './side-by-side.tsx'
import { useDifferentCompanies } from './use-different-companies.ts'
import { useRefreshDuplicates } from './use-differ.ts'
import { ViewChoice, viewOf } from './view-choice.tsx'

/** Companies that may be one, the surest first: merged, or told apart. */
export function Companies() {
  const { t } = useTranslation('duplicates')
  const [params, setParams] = useSearchParams()
  const counts = useQuery({ queryKey: ['duplicates', 'companies'], queryFn: ({ signal }) => api.get<CompanyOverview>('/company-duplicates/overview', { signal }) })
  const view = viewOf(params)
  if (counts.isPending) return <Skeleton height={320} radius="lg" />
  if (counts.isError) return <ErrorNotice error={counts.error} retry={() => void counts.refetch()} />
  return (
    <Stack gap="md">
      <ViewChoice view={view} counts={counts.data} different={t('companies.different')} onView={level => setParams({ of: 'companies', level }, { replace: true })} />
      {view === 'different' ? <Different /> : <Pairs key={view} level={view} />}
    </Stack>
  )
}

function Pairs({ level }: { level: DuplicateLevel }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const list = useList<CompanyPair>(`/company-duplicates?level=${level}`)
  const differ = useDifferentCompanies()
  const [merging, setMerging] = useState<CompanyPair | null>(null)
  if (list.isPending) return <Skeleton height={220} radius="lg" />
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Paper p="md"><EmptyState icon={IconBuilding} title={t(`companies.empty.${level}`)} text={t('companies.empty.text')} /></Paper>
  return (
    <>
      {list.rows.map(pair => (
        <Paper key={pair.companies.map(company => company.id).join('-')} p="md" component="section" aria-label={pair.companies.map(company => company.name).join(' · ')}>
          <Stack gap="sm">
            <Group justify="space-between" gap="xs" align="flex-start">
              <Group gap="xs" align="flex-start" wrap="nowrap" flex="1 1 300px">
                <LevelBadge level={pair.level} score={pair.score} />
                <Reasons of="company" reasons={pair.reasons} />
              </Group>
              {may && (
                <Group gap="xs">
                  <Button size="xs" onClick={() => setMerging(pair)}>{t('merge')}</Button>
                  <Button size="xs" variant="default" onClick={() => differ.mutate([pair.companies[0].id, pair.companies[1].id])}>{t('companies.differ')}</Button>
                </Group>
              )}
            </Group>
            <CompaniesSideBySide companies={pair.companies} stays={pair.stays} />
          </Stack>
        </Paper>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      {merging !== null && <MergeCompanies keep={merging.stays} other={merging.companies.find(company => company.id !== merging.stays)!.id} onClose={() => setMerging(null)} />}
    </>
  )
}

function CompaniesSideBySide({ companies, stays }: { companies: readonly DuplicateCompany[], stays?: number }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const fields: Compared<DuplicateCompany>[] = [
    [t('companies:fields.domain'), company => company.domain], [t('companies:fields.phone'), company => company.phone], [t('companies:fields.address'), company => company.address],
    [t('companies:people'), company => format.number(company.contacts_count)], [t('companies:fields.created_at'), company => format.day(company.created_at)],
  ]
  return <SideBySide cards={companies} fields={fields} to="/companies" {...(stays === undefined ? {} : { stays })} />
}

/** Which were told apart, by whom, and the way back. */
function Different() {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const may = useMay('contacts')
  const refresh = useRefreshDuplicates()
  const list = useList<DifferentCompanies>('/company-duplicates/differences')
  const takeBack = useMutation({
    mutationFn: ({ companies }: DifferentCompanies) => api.delete(`/company-duplicates/differences/${companies[0].id}/${companies[1].id}`),
    onSuccess: () => { refresh(); notifyDone(t('taken_back')) },
    onError: notifyError,
  })
  if (list.isPending) return <Skeleton height={220} radius="lg" />
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Paper p="md"><EmptyState icon={IconBuilding} title={t('companies.empty.different')} text={t('empty.different_text')} /></Paper>
  return (
    <>
      {list.rows.map(row => (
        <Paper key={row.companies.map(company => company.id).join('-')} p="md" component="section" aria-label={row.companies.map(company => company.name).join(' · ')}>
          <Stack gap="sm">
            <Group justify="space-between" gap="xs">
              <Text size="sm" c="dimmed">{row.said_by === null ? t('said', { day: format.day(row.said_at) }) : t('said_by', { day: format.day(row.said_at), name: row.said_by })}</Text>
              {may && <Button size="xs" variant="default" loading={takeBack.isPending && takeBack.variables === row} onClick={() => takeBack.mutate(row)}>{t('take_back')}</Button>}
            </Group>
            <CompaniesSideBySide companies={row.companies} />
          </Stack>
        </Paper>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </>
  )
}

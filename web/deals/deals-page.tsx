import { useState } from 'react'
import { Anchor, Button, Group, Modal, SegmentedControl, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import type { Deal, DealSums } from '../../shared/deals.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Board } from './board.tsx'
import { DealFilters } from './deal-filters.tsx'
import { DealForm } from './deal-form.tsx'
import { DealList } from './deal-list.tsx'
import { useDealFilter } from './use-deal-filter.ts'
import { usePipelines } from './use-pipelines.ts'

/** Deals of everybody, as a board of stages or as a list. */
export function Page() {
  const { t } = useTranslation('deals')
  const pipelines = usePipelines()
  const [may, mayAdminister] = [useMay('contacts'), useMay('administer')]
  const client = useQueryClient()
  const [params] = useSearchParams()
  const [kept, keep] = useLocalStorage<'board' | 'list'>({ key: 'otklik-deals-view', defaultValue: 'list', getInitialValueInEffect: false })
  const navigate = useNavigate()
  const [isMaking, setMaking] = useState(false)
  const open = (deal: Deal) => void navigate(`/deals/${deal.id}`)
  const { filter, query: asked, set, isFiltered } = useDealFilter()
  // A link to some stage or state means the list.
  const view = params.get('view') ?? (params.has('stage') || params.has('state') ? 'list' : kept)
  const board = view === 'board'
  const pipeline = pipelines.find(each => String(each.id) === filter.pipeline) ?? pipelines[0]
  const query = board ? { ...asked, pipeline: String(pipeline?.id ?? ''), state: 'open', stage: '' } : asked
  const sums = useQuery({ queryKey: ['deal-sums', query], queryFn: () => api.get<DealSums>(withQuery('/deals/sums', { ...query, stage: '' })), placeholderData: before => before })
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['list'] })
    void client.invalidateQueries({ queryKey: ['deal-sums'] })
  }
  useLive(['deals'], refresh)
  const filters = <DealFilters filter={filter} set={set} board={board} />
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')}
        actions={(
          <>
            {mayAdminister && <Anchor component={Link} to="/settings/pipelines" size="sm" mr="xs">{t('to_pipelines')}</Anchor>}
            <SegmentedControl
              size="xs" aria-label={t('board.view')} value={view} data={[{ value: 'board', label: t('board.board') }, { value: 'list', label: t('board.list') }]}
              onChange={(value) => { keep(value === 'board' ? 'board' : 'list'); set({ view: value, ...(value === 'board' ? { stage: '', state: '' } : {}) }) }}
            />
            {may && <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>{t('new')}</Button>}
          </>
        )}
      />
      {board && <Group gap="xs" mb="sm">{filters}</Group>}
      {board && pipeline !== undefined && <Board pipeline={pipeline} query={query} sums={sums.data?.data ?? []} onChange={refresh} onOpen={open} />}
      {!board && <DealList pipeline={pipeline} filter={filter} query={query} set={set} isFiltered={isFiltered} sums={sums.data?.data ?? []} filters={filters} onOpen={open} />}
      <Modal opened={isMaking} onClose={() => setMaking(false)} title={<Text fw={600}>{t('new')}</Text>}>
        {isMaking && <DealForm contactId={null} deal={null} {...(board && pipeline !== undefined ? { stageId: pipeline.stages[0]!.id } : {})} onDone={() => { setMaking(false); refresh() }} />}
      </Modal>
    </>
  )
}

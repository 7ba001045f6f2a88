import { useState } from 'react'
import { Anchor, Badge, Group, Modal, Paper, SegmentedControl, SimpleGrid, Text, UnstyledButton } from '@mantine/core'
import { IconBriefcase } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { dealState } from '../../shared/deals.ts'
import type { Deal, DealState, DealSums } from '../../shared/deals.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DealFilters } from './deal-filters.tsx'
import { DealForm } from './deal-form.tsx'
import { NextStep } from './next-step.tsx'
import classes from './deals.module.css'
import { useDealFilter } from './use-deal-filter.ts'
import { usePipelines } from './use-pipelines.ts'

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

/** Deals of everybody, with what stands at each stage. */
export function Page() {
  const { t } = useTranslation('deals')
  const pipelines = usePipelines()
  const may = useMay('administer')
  const client = useQueryClient()
  const format = useFormat()
  const [opened, setOpened] = useState<Deal | null>(null)
  const { filter, query, set, isFiltered } = useDealFilter()
  const sums = useQuery({ queryKey: ['deal-sums', query], queryFn: () => api.get<DealSums>(withQuery('/deals/sums', { ...query, stage: '' })), placeholderData: before => before })
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['list'] })
    void client.invalidateQueries({ queryKey: ['deal-sums'] })
  }
  useLive(['deals'], refresh)
  const pipeline = pipelines.find(each => String(each.id) === filter.pipeline) ?? pipelines[0]
  const stages = pipeline?.stages.filter(stage => query.state === '' || stage.kind === query.state) ?? []
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && <Anchor component={Link} to="/settings/pipelines" size="sm">{t('to_pipelines')}</Anchor>} />
      {stages.length > 0 && (
        <SimpleGrid cols={{ base: 2, sm: 3, lg: Math.max(3, Math.min(6, stages.length)) }} spacing="xs" mb="md">
          {stages.map(stage => (
            <StageSum
              key={stage.id} name={stage.name} state={stage.kind} sum={sums.data?.data.find(each => each.stage_id === stage.id)} chosen={filter.stage === String(stage.id)}
              onChoose={() => set(filter.stage === String(stage.id) ? { stage: '' } : { stage: String(stage.id) })}
            />
          ))}
        </SimpleGrid>
      )}
      <DataList<Deal>
        name="deals" path={withQuery('/deals', query)} rowKey={row => row.id} onRow={setOpened} minWidth={860}
        toolbar={(
          <Group gap="xs">
            <SegmentedControl size="xs" value={filter.state} onChange={state => set({ state: state === 'open' ? '' : state, stage: '' })} data={[...dealState.options.map(each => ({ value: each, label: t(`states.${each}`) })), { value: 'all', label: t('states.all') }]} />
            <DealFilters filter={filter} set={set} board={false} />
          </Group>
        )}
        columns={[
          { key: 'title', label: t('name'), fixed: true, render: row => <Text size="sm" fw={500}>{row.title}</Text> },
          { key: 'contact', label: t('contact'), render: row => <Link to={`/contacts/${row.contact.id}`} className={classes.person}><PersonCell name={row.contact.name} email={row.contact.email} /></Link> },
          { key: 'stage', label: t('stage'), render: row => <Badge color={colors[row.state]}>{row.stage.name}</Badge> },
          { key: 'amount', label: t('amount'), align: 'right', render: row => row.amount === null ? null : <Money amount={row.amount} currency={row.currency} /> },
          { key: 'owner', label: t('owner'), render: row => row.owner?.name },
          { key: 'since', label: t('since'), render: row => <TimeAgo time={row.stage_since} size="sm" c={row.stale ? 'orange.8' : undefined} /> },
          { key: 'next', label: t('next_step'), render: row => <NextStep deal={row} /> },
          { key: 'expected', label: t('expected_short'), render: row => row.expected_on === null ? null : <Text size="sm">{format.day(`${row.expected_on}T12:00:00Z`)}</Text> },
          { key: 'created', label: t('created'), hidden: true, render: row => <TimeAgo time={row.created_at} size="sm" /> },
          { key: 'reason', label: t('lost_reason'), hidden: query.state !== 'lost', render: row => row.lost_reason },
        ]}
        empty={<EmptyState icon={IconBriefcase} title={isFiltered ? t('empty.none_such') : t('empty.title')} text={t('empty.text')} action={<Anchor component={Link} to="/contacts" size="sm">{t('empty.to_contacts')}</Anchor>} />}
      />
      <Modal opened={opened !== null} onClose={() => setOpened(null)} title={<Text fw={600}>{t('one')}</Text>}>
        {opened !== null && (
          <>
            <Anchor component={Link} to={`/contacts/${opened.contact.id}`} size="sm" mb="sm" display="block">{opened.contact.name}</Anchor>
            <DealForm contactId={opened.contact.id} deal={opened} onDone={() => { setOpened(null); refresh() }} />
          </>
        )}
      </Modal>
    </>
  )
}

/** What stands at one stage; choosing it narrows the list to it, again widens it. */
function StageSum({ name, state, sum, chosen, onChoose }: { name: string, state: DealState, sum: DealSums['data'][number] | undefined, chosen: boolean, onChoose: () => void }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const weighted = state !== 'open' ? '' : sum?.amounts.filter(each => each.weighted > 0).map(each => format.money(each.weighted, each.currency)).join(' + ') ?? ''
  return (
    <UnstyledButton onClick={onChoose} aria-pressed={chosen} className={classes.stage ?? ''}>
      <Paper p="sm" withBorder h="100%" data-chosen={chosen || undefined}>
        <Text size="xs" c="dimmed" truncate>{name}</Text>
        <Text fw={600}>{t('deals', { count: sum?.deals ?? 0 })}</Text>
        <Text size="xs" c="dimmed">{sum?.amounts.filter(each => each.amount > 0).map(each => format.money(each.amount, each.currency)).join(' + ') || ' '}</Text>
        {weighted !== '' && <Text size="xs" c="dimmed" title={t('weighted_hint')}>{t('weighted', { amount: weighted })}</Text>}
      </Paper>
    </UnstyledButton>
  )
}

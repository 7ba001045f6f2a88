import { useState } from 'react'
import { Anchor, Badge, Group, Modal, Paper, SegmentedControl, Select, SimpleGrid, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconBriefcase, IconSearch } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { dealState } from '../../shared/deals.ts'
import type { Deal, DealSums } from '../../shared/deals.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DealForm } from './deal-form.tsx'
import classes from './deals.module.css'
import { usePipelines } from './use-pipelines.ts'

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

/** Deals of everybody, with what stands at each stage. */
export function Page() {
  const { t } = useTranslation('deals')
  const users = useUsers()
  const pipelines = usePipelines()
  const may = useMay('administer')
  const client = useQueryClient()
  const [params, setParams] = useSearchParams()
  const [opened, setOpened] = useState<Deal | null>(null)
  const filter = { pipeline: params.get('pipeline') ?? '', stage: params.get('stage') ?? '', owner: params.get('owner') ?? '', state: params.get('state') ?? 'open', search: params.get('search') ?? '' }
  const set = (changes: Record<string, string>) => setParams((before) => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name)
      else next.set(name, value)
    }
    return next
  }, { replace: true })
  const search = useDebouncedCallback((value: string) => set({ search: value }), 250)
  const query = { ...filter, state: filter.state === 'all' ? '' : filter.state }
  const sums = useQuery({ queryKey: ['deal-sums', query], queryFn: () => api.get<DealSums>(withQuery('/deals/sums', { ...query, stage: '' })), placeholderData: before => before })
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['list'] })
    void client.invalidateQueries({ queryKey: ['deal-sums'] })
  }
  useLive(['deals'], refresh)
  const pipeline = pipelines.find(each => String(each.id) === filter.pipeline) ?? pipelines[0]
  const isFiltered = filter.stage !== '' || filter.owner !== '' || filter.search !== '' || filter.state !== 'open' || filter.pipeline !== ''
  const stages = pipeline?.stages.filter(stage => query.state === '' || stage.kind === query.state) ?? []
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && <Anchor component={Link} to="/settings/pipelines" size="sm">{t('to_pipelines')}</Anchor>} />
      {stages.length > 0 && (
        <SimpleGrid cols={{ base: 2, sm: 3, lg: Math.max(3, Math.min(6, stages.length)) }} spacing="xs" mb="md">
          {stages.map(stage => (
            <StageSum
              key={stage.id} name={stage.name} sum={sums.data?.data.find(each => each.stage_id === stage.id)} chosen={filter.stage === String(stage.id)}
              onChoose={() => set(filter.stage === String(stage.id) ? { stage: '' } : { stage: String(stage.id) })}
            />
          ))}
        </SimpleGrid>
      )}
      <DataList<Deal>
        name="deals" path={withQuery('/deals', query)} rowKey={row => row.id} onRow={setOpened} minWidth={860}
        toolbar={(
          <Group gap="xs">
            <TextInput size="xs" w={200} aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={14} aria-hidden />} defaultValue={filter.search} onChange={event => search(event.currentTarget.value)} />
            <SegmentedControl size="xs" value={filter.state} onChange={state => set({ state: state === 'open' ? '' : state, stage: '' })} data={[...dealState.options.map(each => ({ value: each, label: t(`states.${each}`) })), { value: 'all', label: t('states.all') }]} />
            {pipelines.length > 1 && <Select size="xs" w={170} aria-label={t('pipeline')} placeholder={t('pipeline')} clearable value={filter.pipeline === '' ? null : filter.pipeline} onChange={value => set({ pipeline: value ?? '', stage: '' })} data={pipelines.map(each => ({ value: String(each.id), label: each.name }))} />}
            <Select
              size="xs" w={180} aria-label={t('owner')} placeholder={t('owner')} clearable searchable value={filter.owner === '' ? null : filter.owner} onChange={value => set({ owner: value ?? '' })}
              data={[{ value: 'me', label: t('mine') }, { value: 'nobody', label: t('nobodys') }, ...users.map(user => ({ value: String(user.id), label: user.name }))]}
            />
          </Group>
        )}
        columns={[
          { key: 'title', label: t('name'), fixed: true, render: row => <Text size="sm" fw={500}>{row.title}</Text> },
          { key: 'contact', label: t('contact'), render: row => <Link to={`/contacts/${row.contact.id}`} className={classes.person}><PersonCell name={row.contact.name} email={row.contact.email} /></Link> },
          { key: 'stage', label: t('stage'), render: row => <Badge color={colors[row.state]}>{row.stage.name}</Badge> },
          { key: 'amount', label: t('amount'), align: 'right', render: row => row.amount === null ? null : <Money amount={row.amount} currency={row.currency} /> },
          { key: 'owner', label: t('owner'), render: row => row.owner?.name },
          { key: 'since', label: t('since'), render: row => <TimeAgo time={row.stage_since} size="sm" /> },
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
function StageSum({ name, sum, chosen, onChoose }: { name: string, sum: DealSums['data'][number] | undefined, chosen: boolean, onChoose: () => void }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  return (
    <UnstyledButton onClick={onChoose} aria-pressed={chosen} className={classes.stage ?? ''}>
      <Paper p="sm" withBorder h="100%" data-chosen={chosen || undefined}>
        <Text size="xs" c="dimmed" truncate>{name}</Text>
        <Text fw={600}>{t('deals', { count: sum?.deals ?? 0 })}</Text>
        <Text size="xs" c="dimmed">{sum?.amounts.filter(each => each.amount > 0).map(each => format.money(each.amount, each.currency)).join(' + ') || ' '}</Text>
      </Paper>
    </UnstyledButton>
  )
}

import type { ReactNode } from 'react'
import { Anchor, Badge, Group, Paper, SegmentedControl, SimpleGrid, Text, UnstyledButton } from '@mantine/core'
import { IconBriefcase } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { dealState } from '../../shared/deals.ts'
import type { Deal, DealState, DealSums, Pipeline } from '../../shared/deals.ts'
import { withQuery } from '../app/api.ts'
import { FieldValueText } from '../contacts/field-value.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { useCustomFields } from '../contacts/use-reference.ts'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import classes from './deals.module.css'
import { NextStep } from './next-step.tsx'
import type { DealFilterState } from './use-deal-filter.ts'

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

type Props = Pick<DealFilterState, 'filter' | 'query' | 'set' | 'isFiltered'> & { pipeline: Pipeline | undefined, sums: DealSums['data'], filters: ReactNode, onOpen: (deal: Deal) => void }

/** Deals one under another, with what stands at each stage above them. */
export function DealList({ pipeline, filter, query, set, isFiltered, sums, filters, onOpen }: Props) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const custom = useCustomFields('deal')
  const stages = pipeline?.stages.filter(stage => query.state === '' || stage.kind === query.state) ?? []
  return (
    <>
      {stages.length > 0 && (
        <SimpleGrid cols={{ base: 2, sm: 3, lg: Math.max(3, Math.min(6, stages.length)) }} spacing="xs" mb="md">
          {stages.map(stage => (
            <StageSum
              key={stage.id} name={stage.name} state={stage.kind} sum={sums.find(each => each.stage_id === stage.id)} chosen={filter.stage === String(stage.id)}
              onChoose={() => set(filter.stage === String(stage.id) ? { stage: '' } : { stage: String(stage.id) })}
            />
          ))}
        </SimpleGrid>
      )}
      <DataList<Deal>
        name="deals" path={withQuery('/deals', query)} rowKey={row => row.id} onRow={onOpen} minWidth={860}
        toolbar={(
          <Group gap="xs">
            <SegmentedControl size="xs" value={filter.state} onChange={state => set({ state: state === 'open' ? '' : state, stage: '' })} data={[...dealState.options.map(each => ({ value: each, label: t(`states.${each}`) })), { value: 'all', label: t('states.all') }]} />
            {filters}
          </Group>
        )}
        columns={[
          { key: 'title', label: t('name'), fixed: true, render: row => <Text size="sm" fw={500}>{row.title}</Text> },
          { key: 'contact', label: t('contact'), render: row => <Link to={`/contacts/${row.contact.id}`} className={classes.person}><PersonCell name={row.contact.name} email={row.contact.email} /></Link> },
          { key: 'stage', label: t('stage'), render: row => <Badge color={colors[row.state]} w="max-content" maw={160}>{row.stage.name}</Badge> },
          { key: 'amount', label: t('amount'), align: 'right', render: row => row.amount === null ? null : <Money amount={row.amount} currency={row.currency} /> },
          { key: 'owner', label: t('owner'), render: row => row.owner?.name },
          { key: 'since', label: t('since'), render: row => <TimeAgo time={row.stage_since} size="sm" c={row.stale ? 'var(--mantine-color-orange-light-color)' : undefined} /> },
          { key: 'next', label: t('next_step'), render: row => <NextStep deal={row} /> },
          { key: 'expected', label: t('expected_short'), render: row => row.expected_on === null ? null : <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{format.day(`${row.expected_on}T12:00:00Z`)}</Text> },
          { key: 'created', label: t('created'), hidden: true, render: row => <TimeAgo time={row.created_at} size="sm" /> },
          { key: 'reason', label: t('lost_reason'), hidden: query.state !== 'lost', render: row => row.lost_reason },
          ...custom.map(field => ({ key: `fields.${field.key}`, label: field.label, hidden: true, render: (row: Deal) => <FieldValueText field={field} value={row.fields[field.key] ?? null} /> })),
        ]}
        empty={<EmptyState icon={IconBriefcase} title={isFiltered ? t('empty.none_such') : t('empty.title')} text={t('empty.text')} action={<Anchor component={Link} to="/contacts" size="sm">{t('empty.to_contacts')}</Anchor>} />}
      />
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

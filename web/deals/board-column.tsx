import { memo } from 'react'
import { Badge, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Deal, DealSums, Stage } from '../../shared/deals.ts'
import { withQuery } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { Money } from '../ui/money.tsx'
import { useList } from '../ui/use-list.ts'
import classes from './board.module.css'
import { NextStep } from './next-step.tsx'

type CardActs = { onOpen: (deal: Deal) => void, onDrag: ((deal: Deal | null) => void) | null, onStep: (deal: Deal, by: -1 | 1) => void }
type Props = CardActs & {
  stage: Stage, query: Record<string, string>, sum: DealSums['data'][number] | undefined
  /** a move on its way to the server, shown as done */ moving: { deal: Deal, stageId: number } | null
  isTarget: boolean, onDrop: () => void
}

/** The deals of one stage, page after page as one scrolls; what is out of sight is not drawn. */
export function BoardColumn({ stage, query, sum, moving, isTarget, onDrop, ...acts }: Props) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const list = useList<Deal>(withQuery('/deals', { ...query, stage: stage.id, state: 'open', limit: 50 }))
  const rows = moving === null ? list.rows : list.rows.filter(deal => deal.id !== moving.deal.id)
  const shown = moving?.stageId === stage.id ? [moving.deal, ...rows] : rows
  const money = (of: 'amount' | 'weighted') => sum?.amounts.filter(each => each[of] > 0).map(each => format.money(each[of], each.currency)).join(' + ') ?? ''
  const weighted = money('weighted')
  return (
    <section className={classes.column} aria-label={stage.name} data-target={isTarget || undefined} onDragOver={event => event.preventDefault()} onDrop={onDrop}>
      <Stack gap={0} className={classes.head ?? ''}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={600} truncate title={stage.name}>{stage.name}</Text>
          <Text size="xs" c="dimmed" flex="none">{format.number(sum?.deals ?? 0)}</Text>
        </Group>
        <Text size="xs" truncate>{money('amount') || ' '}</Text>
        <Text size="xs" c="dimmed" truncate title={t('weighted_hint')}>{weighted === '' ? ' ' : t('weighted', { amount: weighted })}</Text>
      </Stack>
      <div className={classes.cards} tabIndex={-1}>
        <ErrorNotice error={list.error} />
        {list.isPending && <Skeleton h={72} />}
        {shown.map(deal => <Card key={deal.id} deal={deal} {...acts} />)}
        {list.isSuccess && shown.length === 0 && <Text size="xs" c="dimmed" ta="center" py="md">{t('board.nothing')}</Text>}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </div>
    </section>
  )
}

const Card = memo(function Card({ deal, onOpen, onDrag, onStep }: CardActs & { deal: Deal }) {
  const { t } = useTranslation('deals')
  return (
    <div
      className={classes.card} draggable={onDrag !== null}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move'
        event.dataTransfer.setData('text/plain', deal.title)
        onDrag?.(deal)
      }}
      onDragEnd={() => onDrag?.(null)}
    >
      <button
        type="button" className={classes.title} onClick={() => onOpen(deal)}
        onKeyDown={(event) => {
          if (!event.altKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return
          event.preventDefault()
          onStep(deal, event.key === 'ArrowLeft' ? -1 : 1)
        }}
      >
        {deal.title}
      </button>
      <Text size="xs" c="dimmed" truncate>{deal.contact.name}</Text>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Text size="xs" fw={500} flex="none">{deal.amount !== null && <Money amount={deal.amount} currency={deal.currency} />}</Text>
        {deal.stale ? <Badge size="xs" color="amber" variant="light" flex="none">{t('stale')}</Badge> : <Text size="xs" c="dimmed" truncate>{deal.owner?.name}</Text>}
      </Group>
      <NextStep deal={deal} />
    </div>
  )
})

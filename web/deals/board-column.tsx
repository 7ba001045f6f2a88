import { memo, useState } from 'react'
import { ActionIcon, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Deal, DealSums, Stage } from '../../shared/deals.ts'
import { withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { useCustomFields } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { useWindow } from '../ui/use-window.ts'
import { BoardCard, cardHeight } from './board-card.tsx'
import type { BoardActs } from './board-card.tsx'
import { QuickAdd } from './quick-add.tsx'
import classes from './board.module.css'

type Props = {
  stage: Stage, query: Record<string, string>, sum: DealSums['data'][number] | undefined, acts: BoardActs
  /** a move on its way to the server, shown as done */ moving: { deal: Deal, stageId: number } | null
  /** a card is held that could come here; is held over it */ isTarget: boolean, isOver: boolean
}

/** The deals of one stage, page after page as one scrolls; what is out of sight is not drawn. */
export const BoardColumn = memo(function BoardColumn({ stage, query, sum, acts, moving, isTarget, isOver }: Props) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const may = useMay('contacts')
  const [adding, setAdding] = useState(false)
  // The first page soon; what has been scrolled through is read anew in few requests when something changes.
  const list = useList<Deal>(withQuery('/deals', { ...query, stage: stage.id, state: 'open' }), true, { first: 50, later: 200 })
  const rows = moving === null ? list.rows : list.rows.filter(deal => deal.id !== moving.deal.id)
  const all = moving?.stageId === stage.id ? [moving.deal, ...rows] : rows
  const { from, to, before, after, onScroll } = useWindow(all.length, cardHeight)
  const money = (of: 'amount' | 'weighted') => sum?.amounts.filter(each => each[of] > 0).map(each => format.money(each[of], each.currency)).join(' + ') ?? ''
  const weighted = money('weighted')
  // Where more is asked for than a line holds, the whole form is.
  const asksMore = [...useCustomFields('deal').filter(field => field.required), ...stage.required_fields.filter(field => field !== 'amount' && field !== 'owner_id')].length > 0
  return (
    <section className={classes.column} aria-label={stage.name} data-stage={stage.id} data-target={isTarget || undefined} data-over={isOver || undefined}>
      <Stack gap={0} className={classes.head ?? ''}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={600} truncate title={stage.name}>{stage.name}</Text>
          <Group gap={6} wrap="nowrap">
            <Text size="xs" c="dimmed" flex="none">{format.number(sum?.deals ?? 0)}</Text>
            {may && <ActionIcon size={20} variant="subtle" aria-label={t('quick.open', { stage: stage.name })} title={t('quick.open', { stage: stage.name })} aria-expanded={adding} onClick={() => asksMore ? acts.onNew(stage.id) : setAdding(!adding)}><IconPlus size={15} /></ActionIcon>}
          </Group>
        </Group>
        <Text size="xs" truncate>{money('amount') || ' '}</Text>
        <Text size="xs" c="dimmed" truncate title={t('weighted_hint')}>{weighted === '' ? ' ' : t('weighted', { amount: weighted })}</Text>
      </Stack>
      {adding && <QuickAdd stage={stage} onClose={() => setAdding(false)} />}
      <div className={classes.cards} tabIndex={-1} onScroll={onScroll}>
        <ErrorNotice error={list.error} />
        {list.isPending && <Skeleton h={72} />}
        <div style={{ paddingTop: `${before}rem`, paddingBottom: `${after}rem` }}>
          {all.slice(from, to).map(deal => <BoardCard key={deal.id} deal={deal} onOpen={acts.onOpen} onTake={acts.onTake} onStep={acts.onStep} />)}
        </div>
        {list.isSuccess && all.length === 0 && <Text size="xs" c="dimmed" ta="center" py="md">{t('board.nothing')}</Text>}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </div>
    </section>
  )
})

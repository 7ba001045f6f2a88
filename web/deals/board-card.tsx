import { memo } from 'react'
import type { PointerEvent } from 'react'
import { Badge, Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Deal } from '../../shared/deals.ts'
import { Money } from '../ui/money.tsx'
import classes from './board.module.css'
import { NextStep } from './next-step.tsx'

/** What the board does for its cards and columns: the same functions at every drawing, so that only a card that changed is drawn again. */
export type BoardActs = { onOpen: (deal: Deal) => void, onTake: (event: PointerEvent<HTMLElement>, deal: Deal) => void, onStep: (deal: Deal, by: -1 | 1) => void, onNew: (stageId: number) => void }

/** In rem, with the space under it: all are equally high, so that those out of sight need not be drawn. */
export const cardHeight = 6.125

export const BoardCard = memo(function BoardCard({ deal, onOpen, onTake, onStep }: Omit<BoardActs, 'onNew'> & { deal: Deal }) {
  const { t } = useTranslation('deals')
  return (
    <div className={classes.card} onPointerDown={event => onTake(event, deal)}>
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
      <Text size="xs" c="dimmed" truncate>{deal.contact.name || ' '}</Text>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Text size="xs" fw={500} flex="none">{deal.amount === null ? ' ' : <Money amount={deal.amount} currency={deal.currency} />}</Text>
        {deal.stale ? <Badge size="xs" color="amber" variant="light" flex="none">{t('stale')}</Badge> : <Text size="xs" c="dimmed" truncate>{deal.owner?.name}</Text>}
      </Group>
      <NextStep deal={deal} />
    </div>
  )
})

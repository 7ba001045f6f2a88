import { useEffect, useRef, useState } from 'react'
import { Group, Modal, ScrollArea, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Deal, DealSums, Pipeline, Stage } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import type { BoardActs } from './board-card.tsx'
import { BoardColumn } from './board-column.tsx'
import { DealForm } from './deal-form.tsx'
import classes from './board.module.css'
import { asksFirst } from './lacking-fields.ts'
import { useCardDrag } from './use-card-drag.ts'

type Props = { pipeline: Pipeline, query: Record<string, string>, sums: DealSums['data'], onChange: () => void, onOpen: (deal: Deal) => void }

/**
 * The open deals of a pipeline, a column for each stage, and where they end at the side. A card goes by mouse, by
 * finger, or by Alt and the arrows. It carries the revision seen: whom another person forestalled is told, and sees where the deal is now.
 */
export function Board({ pipeline, query, sums, onChange, onOpen }: Props) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [moving, setMoving] = useState<{ deal: Deal, stageId: number } | null>(null)
  const [asked, setAsked] = useState<{ deal: Deal | null, stageId: number } | null>(null)
  const [said, setSaid] = useState('')
  const move = useMutation({
    mutationFn: ({ deal, stage }: { deal: Deal, stage: Stage }) => api.patch<Deal>(`/deals/${deal.id}`, { revision: deal.revision, stage_id: stage.id }),
    onMutate: ({ deal, stage }) => setMoving({ deal, stageId: stage.id }),
    onSuccess: (_, { deal, stage }) => {
      const words = t('board.moved', { name: deal.title, stage: stage.name })
      setSaid(words)
      if (stage.kind !== 'open') notifyDone(words)
    },
    onError: notifyError,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['list'] })
      setMoving(null)
      onChange()
    },
  })
  const moveTo = (deal: Deal, stage: Stage | undefined) => {
    if (!may || stage === undefined || stage.id === deal.stage.id || move.isPending) return
    if (asksFirst(stage, deal)) setAsked({ deal, stageId: stage.id })
    else move.mutate({ deal, stage })
  }
  const open = pipeline.stages.filter(stage => stage.kind === 'open')
  const ends = pipeline.stages.filter(stage => stage.kind !== 'open')
  const { board, ghost, dragged, take } = useCardDrag((deal, stageId) => moveTo(deal, pipeline.stages.find(stage => stage.id === stageId)))
  const step = (deal: Deal, by: -1 | 1) => moveTo(deal, open[open.findIndex(stage => stage.id === deal.stage.id) + by] ?? (by > 0 ? ends.find(end => end.kind === 'won') : undefined))
  const latest = useRef({ step, onOpen, may })
  useEffect(() => {
    latest.current = { step, onOpen, may }
  })
  const [acts] = useState<BoardActs>(() => ({
    onOpen: deal => latest.current.onOpen(deal), onStep: (deal, by) => latest.current.step(deal, by),
    onTake: (event, deal) => { if (latest.current.may) take(event, deal) }, onNew: stageId => setAsked({ deal: null, stageId }),
  }))
  const isTarget = (stage: Stage) => dragged !== null && dragged.deal.stage.id !== stage.id
  return (
    <>
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
      <ScrollArea type="auto" offsetScrollbars="x" viewportRef={board}>
        <Group gap="sm" wrap="nowrap" align="stretch" className={classes.board}>
          {open.map(stage => (
            <BoardColumn
              key={stage.id} stage={stage} query={query} sum={sums.find(each => each.stage_id === stage.id)} acts={acts} moving={moving}
              isTarget={isTarget(stage)} isOver={isTarget(stage) && dragged?.over === stage.id}
            />
          ))}
          {may && (
            <div className={classes.ends}>
              {ends.map(stage => (
                <div key={stage.id} className={classes.end} data-kind={stage.kind} data-stage={stage.id} data-target={isTarget(stage) || undefined} data-over={dragged?.over === stage.id || undefined}>
                  <Text size="sm" fw={600}>{stage.name}</Text>
                  <Text size="xs" c="dimmed">{t('board.drop_here')}</Text>
                </div>
              ))}
            </div>
          )}
        </Group>
      </ScrollArea>
      {may && <Text size="xs" c="dimmed" mt={4} visibleFrom="sm">{t('board.keys')}</Text>}
      {dragged !== null && <div ref={ghost} className={classes.ghost}>{dragged.deal.title}</div>}
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={<Text fw={600}>{asked?.deal === null ? t('new') : t('board.before_moving')}</Text>}>
        {asked !== null && <DealForm contactId={asked.deal?.contact.id ?? null} deal={asked.deal} stageId={asked.stageId} onDone={() => { setAsked(null); onChange() }} />}
      </Modal>
    </>
  )
}

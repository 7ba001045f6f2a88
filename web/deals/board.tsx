import { useState } from 'react'
import { Group, Modal, ScrollArea, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Deal, DealSums, Pipeline, Stage } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { BoardColumn } from './board-column.tsx'
import { DealForm } from './deal-form.tsx'
import classes from './board.module.css'
import { asksFirst } from './lacking-fields.ts'

type Props = { pipeline: Pipeline, query: Record<string, string>, sums: DealSums['data'], onChange: () => void, onOpen: (deal: Deal) => void }

/**
 * The open deals of a pipeline, a column for each stage, and where they end at the side. A card goes by mouse or by Alt and
 * the arrows. It carries the revision seen: whom another person forestalled is told, and sees where the deal is now.
 */
export function Board({ pipeline, query, sums, onChange, onOpen }: Props) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [dragged, setDragged] = useState<Deal | null>(null)
  const [moving, setMoving] = useState<{ deal: Deal, stageId: number } | null>(null)
  const [asked, setAsked] = useState<{ deal: Deal, stageId: number } | null>(null)
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
  const drop = (stage: Stage) => () => {
    if (dragged !== null) moveTo(dragged, stage)
    setDragged(null)
  }
  return (
    <>
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
      <ScrollArea type="auto" offsetScrollbars="x">
        <Group gap="sm" wrap="nowrap" align="stretch" className={classes.board}>
          {open.map((stage, index) => (
            <BoardColumn
              key={stage.id} stage={stage} query={query} sum={sums.find(each => each.stage_id === stage.id)} moving={moving} isTarget={dragged !== null && dragged.stage.id !== stage.id}
              onOpen={onOpen} onDrag={may ? setDragged : null} onDrop={drop(stage)} onStep={(deal, by) => moveTo(deal, open[index + by] ?? (by > 0 ? ends.find(end => end.kind === 'won') : undefined))}
            />
          ))}
          {may && (
            <div className={classes.ends}>
              {ends.map(stage => (
                <div key={stage.id} className={classes.end} data-kind={stage.kind} data-target={dragged !== null || undefined} onDragOver={event => event.preventDefault()} onDrop={drop(stage)}>
                  <Text size="sm" fw={600}>{stage.name}</Text>
                  <Text size="xs" c="dimmed">{t('board.drop_here')}</Text>
                </div>
              ))}
            </div>
          )}
        </Group>
      </ScrollArea>
      {may && <Text size="xs" c="dimmed" mt={4} visibleFrom="sm">{t('board.keys')}</Text>}
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={<Text fw={600}>{t('board.before_moving')}</Text>}>
        {asked !== null && <DealForm contactId={asked.deal.contact.id} deal={asked.deal} stageId={asked.stageId} onDone={() => { setAsked(null); onChange() }} />}
      </Modal>
    </>
  )
}

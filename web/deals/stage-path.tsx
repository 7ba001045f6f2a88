import { useState } from 'react'
import { Alert, Button, Group, Modal, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DealStages, DealWithLines, Stage } from '../../shared/deals.ts'
import { api, ApiError } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { DealForm } from './deal-form.tsx'
import { dealKey } from './deal-key.ts'
import { asksFirst } from './lacking-fields.ts'
import classes from './stage-path.module.css'
import { StageSelect } from './stage-select.tsx'
import { usePipelines } from './use-pipelines.ts'

/** Somebody moved the deal between our look at it and our own move. */
type Forestalled = { wanted: Stage, deal: DealWithLines, by: string | null }

/** The way through the pipeline; a click on a stage moves the deal there. Whom another person forestalled decides anew. */
export function StagePath({ deal }: { deal: DealWithLines }) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const client = useQueryClient()
  const pipelines = usePipelines()
  const [asked, setAsked] = useState<{ deal: DealWithLines, stageId: number } | null>(null)
  const [forestalled, setForestalled] = useState<Forestalled | null>(null)
  const stages = pipelines.find(pipeline => pipeline.id === deal.pipeline.id)?.stages ?? []
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: dealKey(deal.id) }), client.invalidateQueries({ queryKey: ['list'] })])
  const move = useMutation({
    mutationFn: ({ seen, stage }: { seen: DealWithLines, stage: Stage }) => moveDeal(seen, stage),
    onSuccess: setForestalled, onError: notifyError, onSettled: refresh,
  })
  const moveTo = (stage: Stage | undefined, seen = deal) => {
    if (!may || stage === undefined || stage.id === seen.stage.id || move.isPending) return
    setForestalled(null)
    if (asksFirst(stage, seen)) setAsked({ deal: seen, stageId: stage.id })
    else move.mutate({ seen, stage })
  }
  const place = stages.findIndex(stage => stage.id === deal.stage.id)
  return (
    <>
      <Group gap="xs" align="center">
        <ol className={classes.path} aria-label={t('stage')} aria-busy={move.isPending}>
          {stages.map((stage, index) => (
            <li key={stage.id} className={classes.step} data-kind={stage.kind} data-passed={(deal.state === 'won' ? stage.kind === 'open' : deal.state === 'open' && index < place) || undefined} data-current={index === place || undefined}>
              <UnstyledButton className={classes.stage ?? ''} disabled={!may} aria-current={index === place ? 'step' : undefined} onClick={() => moveTo(stage)}>{stage.name}</UnstyledButton>
            </li>
          ))}
        </ol>
        {(pipelines.length > 1 || stages.length === 0) && <StageSelect size="xs" w={190} aria-label={t('page.other_pipeline')} disabled={!may} value={deal.stage.id} deal={deal} onChange={id => moveTo(pipelines.flatMap(each => each.stages).find(stage => stage.id === id))} />}
      </Group>
      {forestalled !== null && (
        <Alert color="amber" mt="sm" withCloseButton closeButtonLabel={t('app:close')} onClose={() => setForestalled(null)}>
          <Group justify="space-between" gap="xs">
            <Text size="sm">{forestalled.by === null ? t('page.forestalled', { stage: forestalled.deal.stage.name }) : t('page.forestalled_by', { name: forestalled.by, stage: forestalled.deal.stage.name })}</Text>
            <Button size="xs" variant="default" onClick={() => moveTo(forestalled.wanted, deal)}>{t('page.move_anyway', { stage: forestalled.wanted.name })}</Button>
          </Group>
        </Alert>
      )}
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={<Text fw={600}>{t('board.before_moving')}</Text>}>
        {asked !== null && <DealForm contactId={deal.contact.id} {...asked} onDone={() => { setAsked(null); void refresh() }} />}
      </Modal>
    </>
  )
}

/** Moves it when it still stands where it was seen, whatever else of it changed; else says who moved it. */
async function moveDeal(seen: DealWithLines, stage: Stage): Promise<Forestalled | null> {
  const path = `/deals/${seen.id}`
  const move = (revision: number) => api.patch(path, { revision, stage_id: stage.id })
  try {
    await move(seen.revision)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'changed_meanwhile') throw error
    const deal = await api.get<DealWithLines>(path)
    if (deal.stage.id === stage.id) return null
    if (deal.stage.id !== seen.stage.id) return { wanted: stage, deal, by: (await api.get<DealStages>(`${path}/stages`)).data[0]?.by?.name ?? null }
    await move(deal.revision)
  }
  return null
}

import { useState } from 'react'
import { ActionIcon, Anchor, Badge, Group, Modal, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import type { Deal } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { Money } from '../ui/money.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { DealForm } from './deal-form.tsx'
import { asksFirst } from './lacking-fields.ts'
import { NextStep } from './next-step.tsx'
import { StageSelect } from './stage-select.tsx'
import { usePipelines } from './use-pipelines.ts'

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

/** The deals of one person: what they are worth, where they stand; moved right here. */
export function DealsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('deals')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [edited, setEdited] = useState<{ deal: Deal | null, stageId?: number } | null>(null)
  const pipelines = usePipelines()
  const list = useList<Deal>(`/deals?contact=${card.id}&limit=20`)
  const refresh = () => client.invalidateQueries({ queryKey: ['list'] })
  const move = useMutation({ mutationFn: ({ deal, stageId }: { deal: Deal, stageId: number }) => api.patch<Deal>(`/deals/${deal.id}`, { revision: deal.revision, stage_id: stageId }), onError: notifyError, onSettled: refresh })
  // A loss asks for its reason, other stages for what they must know: that opens the form.
  const choose = (deal: Deal, stageId: number) => {
    const stage = pipelines.flatMap(pipeline => pipeline.stages).find(each => each.id === stageId)
    if (stage !== undefined && asksFirst(stage, deal)) setEdited({ deal, stageId })
    else move.mutate({ deal, stageId })
  }
  return (
    <Panel title={t('title')} action={may && <ActionIcon variant="subtle" color="gray" aria-label={t('add')} title={t('add')} onClick={() => setEdited({ deal: null })}><IconPlus size={17} /></ActionIcon>}>
      <Stack gap={10}>
        <ErrorNotice error={list.error} />
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('none')}</Text>}
        {list.rows.map(deal => (
          <Group key={deal.id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Anchor component={Link} to={`/deals/${deal.id}`} size="sm" truncate>{deal.title}</Anchor>
              <Text size="xs" c="dimmed">
                {deal.amount !== null && <><Money amount={deal.amount} currency={deal.currency} /> · </>}
                <TimeAgo time={deal.stage_since} />{deal.owner !== null && <> · {deal.owner.name}</>}
                {deal.stale && <Text span inherit c="var(--mantine-color-orange-light-color)"> · {t('stale')}</Text>}
              </Text>
              <NextStep deal={deal} onDone={() => void refresh()} />
              {deal.lost_reason !== null && <Text size="xs" c="dimmed">{deal.lost_reason}</Text>}
            </Stack>
            {may
              ? <StageSelect size="xs" w={140} flex="none" aria-label={t('stage_of', { name: deal.title })} value={deal.stage.id} deal={deal} onChange={stageId => choose(deal, stageId)} />
              : <Badge color={colors[deal.state]}>{deal.stage.name}</Badge>}
          </Group>
        ))}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited?.deal === null ? t('new') : t('board.before_moving')}</Text>}>
        {edited !== null && <DealForm contactId={card.id} {...edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </Panel>
  )
}

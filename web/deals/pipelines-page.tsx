import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Pipeline } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { LostReasonsPanel } from './lost-reasons.tsx'
import { PipelineForm } from './pipeline-form.tsx'
import { pipelinesKey, usePipelines } from './use-pipelines.ts'

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

/** Pipelines and their stages. */
export function Page() {
  const { t } = useTranslation('deals')
  const may = useMay('administer')
  const client = useQueryClient()
  const pipelines = usePipelines()
  const [edited, setEdited] = useState<Pipeline | 'new' | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: pipelinesKey })
  const archive = (pipeline: Pipeline) => confirmDelete({
    title: t('pipelines.archive_title', { name: pipeline.name }), text: t('pipelines.archive_text'), confirm: t('pipelines.archive'),
    onConfirm: async () => {
      await api.delete(`/pipelines/${pipeline.id}`)
      await refresh()
    },
  })
  return (
    <>
      <PageHeader title={t('pipelines.title')} subtitle={t('pipelines.subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('pipelines.new')}</Button>} />
      <Stack gap="sm">
        {pipelines.map(pipeline => (
          <Paper key={pipeline.id} p="md" withBorder>
            <Group justify="space-between" wrap="nowrap" mb="xs">
              <Title order={3}>{pipeline.name}</Title>
              {may && (
                <Group gap={4} wrap="nowrap">
                  <ActionIcon variant="subtle" color="gray" aria-label={t('pipelines.change', { name: pipeline.name })} title={t('pipelines.change', { name: pipeline.name })} onClick={() => setEdited(pipeline)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
                  {pipelines.length > 1 && <ActionIcon variant="subtle" color="red" aria-label={t('pipelines.archive_title', { name: pipeline.name })} title={t('pipelines.archive')} onClick={() => archive(pipeline)}><IconTrash size={16} stroke={1.7} /></ActionIcon>}
                </Group>
              )}
            </Group>
            <Group gap={6}>
              {pipeline.stages.map(stage => (
                <Badge key={stage.id} color={colors[stage.kind]} component={Link} to={`/deals?pipeline=${pipeline.id}&state=${stage.kind}&stage=${stage.id}`} style={{ cursor: 'pointer' }}>{stage.name}{stage.kind === 'open' && ` · ${stage.probability} %`} · {stage.deals}</Badge>
              ))}
            </Group>
          </Paper>
        ))}
        <LostReasonsPanel />
      </Stack>
      <Modal opened={edited !== null} onClose={() => setEdited(null)} size="xl" closeOnClickOutside={false} title={<Text fw={600}>{edited === 'new' ? t('pipelines.new') : t('pipelines.one')}</Text>}>
        {edited !== null && <PipelineForm pipeline={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

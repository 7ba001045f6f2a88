import { useState } from 'react'
import { ActionIcon, Alert, Badge, Button, Group, Modal, Paper, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { stageKind } from '../../shared/deals.ts'
import type { Pipeline, Stage, StageKind } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
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
                <Badge key={stage.id} color={colors[stage.kind]} component={Link} to={`/deals?pipeline=${pipeline.id}&state=${stage.kind}&stage=${stage.id}`} style={{ cursor: 'pointer' }}>{stage.name} · {stage.deals}</Badge>
              ))}
            </Group>
          </Paper>
        ))}
      </Stack>
      <Modal opened={edited !== null} onClose={() => setEdited(null)} size="lg" closeOnClickOutside={false} title={<Text fw={600}>{edited === 'new' ? t('pipelines.new') : t('pipelines.one')}</Text>}>
        {edited !== null && <PipelineForm pipeline={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

type Row = { key: number, id?: number, name: string, kind: StageKind }

function PipelineForm({ pipeline, onDone }: { pipeline: Pipeline | null, onDone: () => void }) {
  const { t } = useTranslation('deals')
  const [name, setName] = useState(pipeline?.name ?? '')
  const [rows, setRows] = useState<Row[]>(() => pipeline?.stages.map(({ id, name: stage, kind }) => ({ key: id, id, name: stage, kind })) ?? stageKind.options.map((kind, index) => ({ key: -1 - index, name: t(`pipelines.first.${kind}`), kind })))
  const [moves, setMoves] = useState<Record<number, number>>({})
  const going = pipeline?.stages.filter(stage => stage.deals > 0 && rows.every(row => row.id !== stage.id)) ?? []
  const targetsOf = (stage: Stage) => pipeline?.stages.filter(other => other.kind === stage.kind && rows.some(row => row.id === other.id)) ?? []
  const change = (key: number, changes: Partial<Row>) => setRows(before => before.map(row => row.key === key ? { ...row, ...changes } : row))
  const swap = (index: number, other: number) => setRows(before => before.with(index, before[other]!).with(other, before[index]!))
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), stages: rows.map(({ id, name: stage, kind }) => ({ ...(id === undefined ? {} : { id }), name: stage.trim(), kind })) }
      return pipeline === null ? api.post('/pipelines', body) : api.put(`/pipelines/${pipeline.id}`, { ...body, moves: going.flatMap(stage => moves[stage.id] === undefined ? [] : [{ from: stage.id, to: moves[stage.id] }]) })
    },
    onSuccess: onDone,
  })
  const ready = name.trim() !== '' && rows.every(row => row.name.trim() !== '') && going.every(stage => moves[stage.id] !== undefined)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput label={t('pipelines.name')} required data-autofocus maxLength={100} value={name} onChange={event => setName(event.currentTarget.value)} />
        <Text size="sm" fw={500}>{t('pipelines.stages')}</Text>
        {rows.map((row, index) => (
          <Group key={row.key} gap={6} wrap="nowrap">
            <TextInput flex={1} aria-label={t('pipelines.stage_name')} maxLength={100} value={row.name} onChange={event => change(row.key, { name: event.currentTarget.value })} />
            <Select w={130} aria-label={t('pipelines.kind')} allowDeselect={false} disabled={row.id !== undefined} value={row.kind} data={stageKind.options.map(kind => ({ value: kind, label: t(`kinds.${kind}`) }))} onChange={kind => change(row.key, { kind: stageKind.parse(kind) })} />
            <ActionIcon variant="subtle" color="gray" aria-label={t('pipelines.up', { name: row.name })} disabled={index === 0} onClick={() => swap(index, index - 1)}><IconArrowUp size={16} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t('pipelines.down', { name: row.name })} disabled={index === rows.length - 1} onClick={() => swap(index, index + 1)}><IconArrowDown size={16} /></ActionIcon>
            <ActionIcon variant="subtle" color="red" aria-label={t('pipelines.remove', { name: row.name })} disabled={rows.filter(each => each.kind === row.kind).length === 1} onClick={() => setRows(before => before.filter(each => each.key !== row.key))}><IconTrash size={16} /></ActionIcon>
          </Group>
        ))}
        <Button variant="light" size="xs" w="fit-content" leftSection={<IconPlus size={14} />} disabled={rows.length >= 30} onClick={() => setRows(before => [...before, { key: -Date.now(), name: '', kind: 'open' }])}>{t('pipelines.add_stage')}</Button>
        {going.map(stage => (
          <Alert key={stage.id} color="amber" variant="light">
            <Select
              label={t('pipelines.where', { count: stage.deals, name: stage.name })} placeholder={t('pipelines.choose_stage')} value={moves[stage.id] === undefined ? null : String(moves[stage.id])}
              data={targetsOf(stage).map(other => ({ value: String(other.id), label: other.name }))} onChange={value => value !== null && setMoves(before => ({ ...before, [stage.id]: Number(value) }))}
            />
          </Alert>
        ))}
        <ErrorNotice error={save.error} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={!ready}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

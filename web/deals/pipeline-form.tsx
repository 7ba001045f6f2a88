import { useState } from 'react'
import { Alert, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { stageKind } from '../../shared/deals.ts'
import type { Pipeline, Stage, StageKind, StageRequirement } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { StageRow } from './stage-row.tsx'

export type Row = { key: number, id?: number, name: string, kind: StageKind, probability: number, required_fields: StageRequirement[], stale_days: number | null }
const blank = { probability: 50, required_fields: [], stale_days: null }

/** A pipeline and its stages: named, ordered by arrows or by dragging, with what each asks of a deal. */
export function PipelineForm({ pipeline, onDone }: { pipeline: Pipeline | null, onDone: () => void }) {
  const { t } = useTranslation('deals')
  const [name, setName] = useState(pipeline?.name ?? '')
  const [rows, setRows] = useState<Row[]>(() => pipeline?.stages.map(({ deals: _, ...stage }) => ({ key: stage.id, ...stage })) ?? stageKind.options.map((kind, index) => ({ key: -1 - index, name: t(`pipelines.first.${kind}`), kind, ...blank })))
  const [moves, setMoves] = useState<Record<number, number>>({})
  const going = pipeline?.stages.filter(stage => stage.deals > 0 && rows.every(row => row.id !== stage.id)) ?? []
  const targetsOf = (stage: Stage) => pipeline?.stages.filter(other => other.kind === stage.kind && rows.some(row => row.id === other.id)) ?? []
  const change = (key: number, changes: Partial<Row>) => setRows(before => before.map(row => row.key === key ? { ...row, ...changes } : row))
  const swap = (index: number, other: number) => setRows(before => before.with(index, before[other]!).with(other, before[index]!))
  const [dragged, setDragged] = useState<number | null>(null)
  const dropBefore = (index: number) => setRows((before) => {
    const row = before.find(each => each.key === dragged)
    if (row === undefined) return before
    const target = before[index]!
    const rest = before.filter(each => each !== row)
    return row === target ? before : rest.toSpliced(before.indexOf(row) < index ? rest.indexOf(target) + 1 : rest.indexOf(target), 0, row)
  })
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), stages: rows.map(({ key: _, name: stage, ...row }) => ({ ...row, name: stage.trim() })) }
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
          <StageRow
            key={row.key} row={row} index={index} last={index === rows.length - 1} only={rows.filter(each => each.kind === row.kind).length === 1}
            onChange={changes => change(row.key, changes)} onSwap={other => swap(index, other)} onRemove={() => setRows(before => before.filter(each => each.key !== row.key))}
            onDrag={setDragged} onDrop={() => dropBefore(index)}
          />
        ))}
        <Button variant="light" size="xs" w="fit-content" leftSection={<IconPlus size={14} />} disabled={rows.length >= 30} onClick={() => setRows(before => [...before, { key: -Date.now(), name: '', kind: 'open', ...blank }])}>{t('pipelines.add_stage')}</Button>
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

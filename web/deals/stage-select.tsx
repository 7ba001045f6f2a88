import { Select } from '@mantine/core'
import type { SelectProps } from '@mantine/core'
import type { Deal } from '../../shared/deals.ts'
import { usePipelines } from './use-pipelines.ts'

type Props = Omit<SelectProps, 'value' | 'data' | 'onChange'> & { value: number | null, onChange: (stageId: number) => void, /** whose stage may be archived meanwhile */ deal?: Deal }

/** A stage of any pipeline; the pipelines head their stages when there are several. */
export function StageSelect({ value, onChange, deal, ...rest }: Props) {
  const pipelines = usePipelines()
  const groups = pipelines.map(pipeline => ({ group: pipeline.name, items: pipeline.stages.map(stage => ({ value: String(stage.id), label: stage.name })) }))
  const data = groups.length > 1 ? groups : groups.flatMap(group => group.items)
  const known = pipelines.some(pipeline => pipeline.stages.some(stage => stage.id === deal?.stage.id))
  const gone = deal === undefined || known ? [] : [{ value: String(deal.stage.id), label: deal.stage.name }]
  return <Select {...rest} allowDeselect={false} value={value === null ? null : String(value)} data={[...data, ...gone]} onChange={next => next !== null && next !== String(value) && onChange(Number(next))} />
}

import type { ReactNode } from 'react'
import { Radio, SimpleGrid } from '@mantine/core'

/** Which of the records that become one gives the field: their different values, each with the number of a record that has it. */
export function FieldChoice({ label, values, chosen, onChoose }: { label: string, values: { id: number, words: ReactNode }[], chosen: number, onChoose: (id: number) => void }) {
  return (
    <Radio.Group label={label} value={String(chosen)} onChange={id => onChoose(Number(id))}>
      <SimpleGrid cols={{ base: 2, sm: Math.min(values.length, 3) }} spacing="xs" mt={4}>
        {values.map(({ id, words }) => <Radio key={id} value={String(id)} label={words} styles={{ label: { overflowWrap: 'anywhere' }, labelWrapper: { minWidth: 0 } }} />)}
      </SimpleGrid>
    </Radio.Group>
  )
}

import { useState } from 'react'
import { Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { ConditionPreview } from '../conditions/condition-preview.tsx'
import { asShown } from '../conditions/condition-tree.ts'
import { isComplete } from '../conditions/leaves.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'

type Props = { parts: Condition[], opened: boolean, onClose: () => void, onChange: (parts: Condition[]) => void }

/** The whole filter of the list in the builder of conditions. */
export function ConditionFilter({ parts, opened, onClose, onChange }: Props) {
  const { t } = useTranslation('contacts')
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={980} title={<Text fw={600}>{t('filters.builder_title')}</Text>}>
      {opened && <Editor parts={parts} onDone={(next) => { onChange(next); onClose() }} />}
    </Drawer>
  )
}

function Editor({ parts, onDone }: { parts: Condition[], onDone: (parts: Condition[]) => void }) {
  const { t } = useTranslation('contacts')
  const vocabulary = useVocabulary().data
  const [condition, setCondition] = useState<Condition>(() => {
    const [only] = parts
    return parts.length === 1 && only !== undefined ? asShown(only) : { all: parts }
  })
  return (
    <Stack gap="md">
      <ConditionBuilder value={condition} onChange={setCondition} />
      <ConditionPreview condition={condition} />
      <Group justify="flex-end" gap="xs">
        {parts.length > 0 && <Button variant="default" onClick={() => onDone([])}>{t('filters.builder_drop')}</Button>}
        <Button disabled={vocabulary === undefined || !isComplete(condition, vocabulary)} onClick={() => onDone('all' in condition ? condition.all : [condition])}>{t('filters.builder_show')}</Button>
      </Group>
    </Stack>
  )
}

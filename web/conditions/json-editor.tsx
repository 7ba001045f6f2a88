import { useState } from 'react'
import { List, Stack, Text, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { FieldError } from '../app/api.ts'
import { serverWords } from '../ui/server-words.ts'
import { isTree, lineOf, syntaxErrorIn } from './condition-text.ts'

type Props = { value: Condition, onChange: (condition: Condition) => void, /** what the server says of it */ problems: FieldError[], isChecked: boolean, disabled: boolean }

/** The condition as the API takes it; what is wrong is named with its line. */
export function JsonEditor({ value, onChange, problems, isChecked, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const [text, setText] = useState(() => JSON.stringify(value, null, 2))
  const broken = syntaxErrorIn(text)
  const tree = broken === null ? readTree(text) : null
  const change = (next: string) => {
    setText(next)
    const parsed = syntaxErrorIn(next) === null ? readTree(next) : null
    if (parsed !== null) onChange(parsed)
  }
  const error = broken !== null ? t('json.syntax', broken) : tree === null ? t('json.not_tree') : null
  const isOfThis = tree !== null && JSON.stringify(tree) === JSON.stringify(value)
  return (
    <Stack gap={6}>
      <Textarea
        label={t('json.label')} value={text} autosize minRows={6} maxRows={26} disabled={disabled} spellCheck={false} error={error} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13, whiteSpace: 'pre', overflowX: 'auto' } }}
        onChange={event => change(event.currentTarget.value)}
      />
      {error === null && isOfThis && problems.length > 0 && (
        <List size="sm" c="red" role="alert">
          {problems.map(problem => <List.Item key={problem.field + problem.message}>{t('json.place', { line: lineOf(text, problem.field), path: problem.field.replace(/^condition\.?/, '') || '{}', message: serverWords(problem.message) })}</List.Item>)}
        </List>
      )}
      {error === null && isOfThis && problems.length === 0 && isChecked && <Text size="sm" c="dimmed" role="status">{t('json.fine')}</Text>}
    </Stack>
  )
}

function readTree(text: string): Condition | null {
  const parsed: unknown = JSON.parse(text)
  return isTree(parsed) ? parsed : null
}

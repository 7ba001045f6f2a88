import { useRef } from 'react'
import type { ReactNode } from 'react'
import { Badge, Group, Stack, Text, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useCustomFields } from './use-reference.ts'

const cardTexts = ['first_name', 'last_name', 'email', 'phone', 'city', 'job_title', 'source'] as const
const readable = new Set(['number', 'money', 'text', 'long_text', 'choice', 'link', 'email', 'phone', 'date', 'boolean'])

/** A formula, and below it the fields it can name: a click puts one where the cursor is. */
export function FormulaInput({ own, value, onChange, error }: { own: string, value: string, onChange: (value: string) => void, error?: ReactNode }) {
  const { t } = useTranslation('contacts')
  const input = useRef<HTMLTextAreaElement>(null)
  const custom = useCustomFields().filter(field => readable.has(field.kind) && field.key !== own)
  const names = [...custom.map(({ key, label }) => ({ name: (cardTexts as readonly string[]).includes(key) ? `fields.${key}` : key, label })), ...cardTexts.map(name => ({ name, label: t(`fields.${name}`) }))]
  const insert = (name: string): void => {
    const { selectionStart: from, selectionEnd: to } = input.current ?? { selectionStart: value.length, selectionEnd: value.length }
    onChange(`${value.slice(0, from)}{${name}}${value.slice(to)}`)
    input.current?.focus()
  }
  return (
    <Stack gap={6}>
      <Textarea ref={input} label={t('custom_fields.formula')} description={t('custom_fields.formula_hint')} required autosize minRows={2} spellCheck={false} styles={{ input: { fontFamily: 'monospace' } }} value={value} onChange={event => onChange(event.currentTarget.value)} error={error} />
      <Group gap={4} role="group" aria-label={t('custom_fields.formula_fields')}>
        <Text size="xs" c="dimmed">{t('custom_fields.formula_fields')}:</Text>
        {names.map(({ name, label }) => <Badge key={name} component="button" type="button" variant="light" color="gray" tt="none" style={{ cursor: 'pointer' }} title={`{${name}}`} onClick={() => insert(name)}>{label}</Badge>)}
      </Group>
    </Stack>
  )
}

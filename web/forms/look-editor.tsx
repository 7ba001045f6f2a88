import { ColorInput, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { EditorProps } from './form-page.tsx'

const swatches = ['#1f6f5c', '#0b57d0', '#6d28d9', '#c2255c', '#d9480f', '#e8a200', '#2b8a3e', '#1d2320']

export function LookEditor({ definition, onChange, disabled, errors }: EditorProps) {
  const { t } = useTranslation('forms')
  return (
    <Stack gap="md">
      <ColorInput
        label={t('accent')} description={t('accent_hint')} format="hex" swatches={swatches} disabled={disabled} error={errors['accent']} value={definition.accent}
        onChange={accent => /^#[0-9a-f]{6}$/i.test(accent) && onChange({ accent })}
      />
    </Stack>
  )
}

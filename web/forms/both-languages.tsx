import { useState } from 'react'
import { Group, Input, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'

type Texts = { en: string, ru: string }
type Props = { label: string, description?: string | undefined, value: Texts, onChange: (value: Texts) => void, max: number, multiline?: boolean, disabled?: boolean, error?: string | undefined, required?: boolean }

/** A text visitors see, in both languages: one at a time, the other a click away. An empty one falls back to the other. */
export function BothLanguages({ label, description, value, onChange, max, multiline = false, disabled = false, error, required = false }: Props) {
  const { t, i18n } = useTranslation('forms')
  const [language, setLanguage] = useState<keyof Texts>(i18n.language === 'ru' ? 'ru' : 'en')
  const other = language === 'ru' ? 'en' : 'ru'
  const input = {
    'aria-label': `${label} (${language})`, value: value[language], maxLength: max, disabled, error, lang: language,
    placeholder: value[other] === '' ? undefined : value[other],
    onChange: (event: { currentTarget: { value: string } }) => onChange({ ...value, [language]: event.currentTarget.value }),
  }
  return (
    <Stack gap={4}>
      <Group justify="space-between" align="flex-end" gap="xs">
        <Stack gap={0} flex={1} miw={0}>
          <Input.Label required={required} component="div">{label}</Input.Label>
          {description !== undefined && <Input.Description>{description}</Input.Description>}
        </Stack>
        <SegmentedControl size="xs" value={language} onChange={chosen => setLanguage(chosen as keyof Texts)} data={[{ value: 'ru', label: 'RU' }, { value: 'en', label: 'EN' }]} aria-label={t('language_of', { label })} />
      </Group>
      {multiline ? <Textarea autosize minRows={2} maxRows={10} {...input} /> : <TextInput {...input} />}
    </Stack>
  )
}

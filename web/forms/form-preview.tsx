import { useState } from 'react'
import { Group, Paper, SegmentedControl, Skeleton, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { FormDefinition } from '../../shared/forms.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import classes from './forms.module.css'

/** The real page of the form as visitors will see it, made by the server from what is not saved yet. */
export function FormPreview({ definition }: { definition: FormDefinition }) {
  const { t, i18n } = useTranslation('forms')
  const [locale, setLocale] = useState(i18n.language === 'ru' ? 'ru' : 'en')
  const [settled] = useDebouncedValue(definition, 250)
  const page = useQuery<{ html: string }>({
    queryKey: ['form-preview', settled, locale], placeholderData: previous => previous,
    queryFn: ({ signal }) => api.post<{ html: string }>('/forms/preview', { definition: settled, locale }, { signal }),
  })
  return (
    <Paper p={0} className={classes.preview ?? ''}>
      <Group justify="space-between" px="md" py="xs">
        <Text size="sm" fw={500}>{t('preview')}</Text>
        <SegmentedControl size="xs" value={locale} onChange={setLocale} data={[{ value: 'ru', label: 'RU' }, { value: 'en', label: 'EN' }]} aria-label={t('preview_language')} />
      </Group>
      {page.isError && <ErrorNotice error={page.error} />}
      {page.data === undefined ? <Skeleton height={560} radius={0} /> : <iframe title={t('preview')} className={classes.frame} srcDoc={page.data.html} sandbox="" />}
    </Paper>
  )
}

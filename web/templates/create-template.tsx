import { useState } from 'react'
import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TemplateDetail } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'

/** A new mail: empty, or beginning with another one. */
export function CreateTemplate({ templates, onMade }: { templates: { id: number, name: string }[], onMade: (made: TemplateDetail) => void }) {
  const { t } = useTranslation('templates')
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<'marketing' | 'transactional'>('marketing')
  const [copyOf, setCopyOf] = useState<string | null>(null)
  const save = useMutation({
    mutationFn: () => api.post<TemplateDetail>('/templates', { name: name.trim(), kind, ...(copyOf === null ? {} : { copy_of: Number(copyOf) }) }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['list'] })
      onMade(made)
    },
  })
  return (
    <form onSubmit={(event) => {
      event.preventDefault()
      if (name.trim() !== '') save.mutate()
    }}
    >
      <Stack gap="sm">
        <TextInput label={t('name')} placeholder={t('name_example')} value={name} onChange={event => setName(event.currentTarget.value)} maxLength={200} required data-autofocus />
        <Select label={t('begin_with')} placeholder={t('begin_empty')} clearable searchable value={copyOf} onChange={setCopyOf} data={templates.map(template => ({ value: String(template.id), label: template.name }))} />
        <Select label={t('kind.title')} description={t(`kind.${kind}_text`)} allowDeselect={false} value={kind} onChange={value => setKind(value === 'transactional' ? value : 'marketing')} data={[{ value: 'marketing', label: t('kind.marketing') }, { value: 'transactional', label: t('kind.transactional') }]} />
        <ErrorNotice error={save.error} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('create_go')}</Button></Group>
      </Stack>
    </form>
  )
}

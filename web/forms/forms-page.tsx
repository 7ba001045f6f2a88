import { useState } from 'react'
import { Badge, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconForms, IconPlus, IconSearch } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { FormRow, FormView } from '../../shared/forms.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'

export function Page() {
  const { t } = useTranslation('forms')
  const may = useMay('marketing')
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const [creating, setCreating] = useState(false)
  const create = may ? <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>{t('new')}</Button> : undefined
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={create} />
      <DataList<FormRow>
        name="forms" path={withQuery('/forms', { search })} columns={useColumns()} rowKey={row => row.id} rowTo={row => `/forms/${row.id}`} minWidth={680}
        toolbar={<TextInput w={{ base: '100%', xs: 280 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />}
        empty={search === '' ? <EmptyState icon={IconForms} title={t('empty.title')} text={t('empty.text')} action={create} /> : <EmptyState icon={IconSearch} title={t('nothing_found')} />}
      />
      <Modal opened={creating} onClose={() => setCreating(false)} title={<Text fw={600}>{t('new')}</Text>}>{creating && <NewForm />}</Modal>
    </>
  )
}

function useColumns(): Column<FormRow>[] {
  const { t } = useTranslation('forms')
  const format = useFormat()
  const number = (value: number) => <Text size="sm">{format.number(value)}</Text>
  return [
    {
      key: 'name', label: t('columns.name'), fixed: true,
      render: row => (
        <Stack gap={1}>
          <Group gap={6}><Text size="sm" fw={500}>{row.name}</Text>{row.state === 'closed' && <Badge size="xs" color="gray">{t('state.closed')}</Badge>}</Group>
          <Text size="xs" c="dimmed">/f/{row.slug}</Text>
        </Stack>
      ),
    },
    { key: 'views', label: t('numbers.views'), align: 'right', render: row => number(row.counts.views) },
    { key: 'people', label: t('numbers.people'), align: 'right', render: row => number(row.counts.people) },
    { key: 'rate', label: t('numbers.rate'), align: 'right', render: row => <Text size="sm" c="dimmed">{row.counts.views === 0 ? '' : format.percent(Math.min(1, row.counts.people / row.counts.views))}</Text> },
    { key: 'confirmed', label: t('numbers.confirmed'), align: 'right', render: row => number(row.counts.confirmed) },
    { key: 'leads', label: t('numbers.leads'), align: 'right', render: row => number(row.counts.leads) },
  ]
}

function NewForm() {
  const { t } = useTranslation('forms')
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const create = useMutation({ mutationFn: () => api.post<FormView>('/forms', { name: name.trim() }), onSuccess: form => void navigate(`/forms/${form.id}`) })
  return (
    <form onSubmit={(event) => { event.preventDefault(); create.mutate() }}>
      <Stack gap="sm">
        <TextInput label={t('name')} description={t('name_hint')} required data-autofocus maxLength={200} value={name} onChange={event => setName(event.currentTarget.value)} />
        <ErrorNotice error={create.error} />
        <Group justify="flex-end"><Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>{t('make')}</Button></Group>
      </Stack>
    </form>
  )
}

import { useState } from 'react'
import { Alert, Badge, Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconMailOff, IconPlus, IconSearch } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Suppression, SuppressionReason } from '../../shared/consent.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

const reasons: SuppressionReason[] = ['hard_bounce', 'soft_bounces', 'complaint', 'manual', 'imported']
const colours: Record<SuppressionReason, string> = { hard_bounce: 'orange', soft_bounces: 'orange', complaint: 'red', manual: 'gray', imported: 'gray' }

export function Page() {
  const { t } = useTranslation('consent')
  const may = useMay('marketing')
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const [reason, setReason] = useState<string | null>(null)
  const [adding, setAdding] = useState(false)
  const path = withQuery('/suppressions', { search, reason })
  const refresh = () => client.invalidateQueries({ queryKey: ['list'] })
  const allow = (row: Suppression) => confirmDelete({
    title: t('suppressions.allow_title', { email: row.email }), text: t(row.reason === 'complaint' ? 'suppressions.allow_complaint' : 'suppressions.allow_text'), confirm: t('suppressions.allow'),
    onConfirm: async () => {
      await api.delete(`/suppressions/${encodeURIComponent(row.email)}`)
      await refresh()
    },
  })
  const columns: Column<Suppression>[] = [
    { key: 'email', label: t('suppressions.email'), fixed: true, render: row => row.contact_id === null ? <Text size="sm">{row.email}</Text> : <Text size="sm" component={Link} to={`/contacts/${row.contact_id}`} c="pine">{row.email}</Text> },
    { key: 'reason', label: t('suppressions.reason'), render: row => <Badge color={colours[row.reason]}>{t(`suppressions.reasons.${row.reason}`)}</Badge> },
    { key: 'detail', label: t('suppressions.detail'), render: row => <Text size="sm" c="dimmed" lineClamp={2}>{/^hygiene:\d+$/.test(row.detail) ? t('suppressions.hygiene', { id: row.detail.slice('hygiene:'.length) }) : row.detail.replace(/^import:/, '№ ')}</Text> },
    { key: 'created', label: t('suppressions.since'), render: row => <TimeAgo time={row.created_at} size="sm" /> },
    ...(may ? [{ key: 'allow', label: '', align: 'right' as const, render: (row: Suppression) => <Button variant="subtle" color="gray" size="compact-sm" onClick={() => allow(row)}>{t('suppressions.allow')}</Button> }] : []),
  ]
  const filtered = search !== '' || reason !== null
  return (
    <>
      <PageHeader title={t('suppressions.title')} subtitle={t('suppressions.subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>{t('suppressions.add')}</Button>} />
      <DataList<Suppression>
        name="suppressions" path={path} columns={columns} rowKey={row => row.email} minWidth={640}
        toolbar={(
          <Group gap="xs" flex={1}>
            <TextInput w={{ base: '100%', xs: 260 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('suppressions.search')} aria-label={t('suppressions.search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />
            <Select w={{ base: '100%', xs: 220 }} clearable placeholder={t('suppressions.any_reason')} aria-label={t('suppressions.reason')} value={reason} onChange={setReason} data={reasons.map(value => ({ value, label: t(`suppressions.reasons.${value}`) }))} />
          </Group>
        )}
        empty={filtered ? <EmptyState icon={IconSearch} title={t('suppressions.nothing_found')} /> : <EmptyState icon={IconMailOff} title={t('suppressions.none')} text={t('suppressions.empty')} />}
      />
      <Modal opened={adding} onClose={() => setAdding(false)} title={<Text fw={600}>{t('suppressions.add')}</Text>}>
        {adding && <AddForm onDone={refresh} onClose={() => setAdding(false)} />}
      </Modal>
    </>
  )
}

function AddForm({ onDone, onClose }: { onDone: () => void, onClose: () => void }) {
  const { t } = useTranslation('consent')
  const [text, setText] = useState('')
  const [detail, setDetail] = useState('')
  const emails = text.split(/[\s,;]+/).filter(part => part !== '')
  const add = useMutation({
    mutationFn: () => api.post<{ added: number, known: number, invalid: string[] }>('/suppressions', { emails, detail }),
    onSuccess: (result) => {
      onDone()
      if (result.invalid.length === 0) onClose()
    },
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); add.mutate() }}>
      <Stack gap="sm">
        <Textarea label={t('suppressions.emails')} description={t('suppressions.emails_hint')} data-autofocus autosize minRows={4} maxRows={12} value={text} onChange={event => setText(event.currentTarget.value)} />
        <TextInput label={t('suppressions.why')} maxLength={500} value={detail} onChange={event => setDetail(event.currentTarget.value)} />
        <ErrorNotice error={add.error} />
        {add.data !== undefined && add.data.invalid.length > 0 && <Alert color="orange">{t('suppressions.some_invalid', { added: add.data.added, list: add.data.invalid.slice(0, 10).join(', ') })}</Alert>}
        <Group justify="flex-end"><Button type="submit" loading={add.isPending} disabled={emails.length === 0}>{t('suppressions.add_count', { count: emails.length })}</Button></Group>
      </Stack>
    </form>
  )
}

import { Badge, Group, SegmentedControl, Select, Text } from '@mantine/core'
import { IconTargetArrow } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Lead } from '../../shared/leads.ts'
import { leadStatus } from '../../shared/leads.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

/** Enquiries: who answered, where from, who looks after them. */
export function Page() {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const client = useQueryClient()
  const users = useUsers()
  const [params, setParams] = useSearchParams()
  const status = params.get('status') ?? ''
  const owner = params.get('owner') ?? ''
  const set = (name: string, value: string) => setParams((before) => {
    const next = new URLSearchParams(before)
    if (value === '') next.delete(name)
    else next.set(name, value)
    return next
  }, { replace: true })
  const refresh = () => client.invalidateQueries({ queryKey: ['list'] })
  useLive(['leads'], () => void refresh())
  const change = useMutation({
    mutationFn: ({ id, ...changes }: { id: number, status?: string, owner_id?: number | null }) => api.patch(`/leads/${id}`, changes),
    onSuccess: refresh,
    onError: notifyError,
  })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <DataList<Lead>
        name="leads" path={withQuery('/leads', { status, owner })} rowKey={row => row.id} rowTo={row => `/contacts/${row.contact.id}`} minWidth={820}
        toolbar={(
          <Group gap="xs">
            <SegmentedControl size="xs" value={status} onChange={value => set('status', value)} data={[{ value: '', label: t('all') }, ...leadStatus.options.map(each => ({ value: each, label: t(`statuses.${each}`) }))]} />
            <Select
              size="xs" w={180} aria-label={t('owner')} placeholder={t('owner')} clearable searchable value={owner === '' ? null : owner} onChange={value => set('owner', value ?? '')}
              data={[{ value: 'me', label: t('mine') }, { value: 'nobody', label: t('nobodys') }, ...users.map(user => ({ value: String(user.id), label: user.name }))]}
            />
          </Group>
        )}
        columns={[
          { key: 'contact', label: t('contact'), fixed: true, render: row => <PersonCell name={row.contact.name} email={row.contact.email ?? row.contact.phone} /> },
          {
            key: 'status', label: t('status'), width: 150,
            render: row => may
              ? <Select size="xs" aria-label={t('status')} allowDeselect={false} value={row.status} data={leadStatus.options.map(each => ({ value: each, label: t(`statuses.${each}`) }))} onChange={value => value !== null && change.mutate({ id: row.id, status: value })} />
              : <Badge>{t(`statuses.${row.status}`)}</Badge>,
          },
          { key: 'source', label: t('source'), render: row => row.source_label },
          {
            key: 'utm', label: 'UTM', hidden: true,
            render: row => Object.keys(row.utm).length === 0 ? null : <Text size="xs" c="dimmed">{Object.entries(row.utm).map(([key, value]) => `${key.replace('utm_', '')}: ${value}`).join(', ')}</Text>,
          },
          {
            key: 'owner', label: t('owner'), width: 190,
            render: row => may
              ? <Select size="xs" aria-label={t('owner')} searchable clearable allowDeselect={false} placeholder={t('nobodys')} value={row.owner === null ? null : String(row.owner.id)} data={users.map(user => ({ value: String(user.id), label: user.name }))} onChange={value => change.mutate({ id: row.id, owner_id: value === null ? null : Number(value) })} />
              : row.owner?.name ?? '',
          },
          { key: 'because', label: t('because'), hidden: true, render: row => <Text size="xs" c="dimmed">{row.assigned_because}</Text> },
          { key: 'created', label: t('created'), render: row => <TimeAgo time={row.created_at} size="sm" /> },
        ]}
        empty={<EmptyState icon={IconTargetArrow} title={status === '' && owner === '' ? t('empty.title') : t('empty.none_such')} text={t('empty.text')} />}
      />
    </>
  )
}

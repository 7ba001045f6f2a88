import { useState } from 'react'
import { Anchor, Badge, Chip, Group, Paper, Select, Stack, Text } from '@mantine/core'
import { IconMoodCheck, IconSearch } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Complaint, ComplaintCount } from '../../shared/inbound.ts'
import { api, withQuery, type Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import classes from './complaints.module.css'

type Filter = { source: string | null, campaign: string | null, journey: string | null }
const none: Filter = { source: null, campaign: null, journey: null }

/** Who complained, about what, and where their addresses came from. */
export function Complaints() {
  const { t, i18n } = useTranslation('inbound')
  const client = useQueryClient()
  const [days, setDays] = useState('90')
  const [filter, setFilter] = useState<Filter>(none)
  const counts = useQuery({ queryKey: ['complaint-counts', days], queryFn: ({ signal }) => api.get<Page<ComplaintCount>>(withQuery('/complaints/counts', { days }), { signal }) })
  useLive(['complaints'], () => {
    void client.invalidateQueries({ queryKey: ['list'] })
    void client.invalidateQueries({ queryKey: ['complaint-counts'] })
  })
  const source = (value: string | null, name: string | null) => {
    const kind = /^(form|import):\d+$/.exec(value ?? '')?.[1]
    if (kind !== undefined) return t('sources.named', { kind: t(`sources.kinds.${kind}`), name: name || '—' })
    return !value ? t('sources.unknown') : i18n.exists(`inbound:sources.${value}`) ? t(`sources.${value}`) : value
  }
  const columns: Column<Complaint>[] = [
    { key: 'who', label: t('complaints.who'), fixed: true, render: row => <Anchor component={Link} to={`/contacts/${row.contact.id}`} size="sm">{row.contact.name}</Anchor> },
    {
      key: 'mail', label: t('complaints.mail'), render: row => row.campaign !== null
        ? <Anchor component={Link} to={`/campaigns/${row.campaign.id}`} size="sm">{row.campaign.name}</Anchor>
        : row.journey !== null ? <Anchor component={Link} to={`/journeys/${row.journey.id}`} size="sm">{row.journey.name}</Anchor> : <Text size="sm" c="dimmed">—</Text>,
    },
    { key: 'topic', label: t('complaints.topic'), render: row => <Text size="sm">{row.topic === null ? '—' : i18n.language.startsWith('ru') ? row.topic.name_ru : row.topic.name_en}</Text> },
    { key: 'source', label: t('complaints.source'), render: row => <Text size="sm">{source(row.consent_source ?? row.contact_source, row.source_name)}</Text> },
    { key: 'kind', label: t('complaints.kind'), render: row => <Badge color="red">{t(`complaints.kinds.${row.kind}`, { defaultValue: row.kind })}</Badge> },
    { key: 'when', label: t('columns.received'), render: row => <TimeAgo time={row.occurred_at} size="sm" /> },
  ]
  const groups = (['source', 'campaign', 'journey'] as const).map(by => ({ by, rows: counts.data?.data.filter(row => row.by === by).slice(0, 8) ?? [] })).filter(group => group.rows.length > 0)
  const filtered = filter.source !== null || filter.campaign !== null || filter.journey !== null
  return (
    <Stack gap="md">
      {groups.length > 0 && (
        <Paper>
          <Stack gap="sm">
            {groups.map(group => (
              <Group key={group.by} gap={6} role="group" aria-label={t(`complaints.by.${group.by}`)}>
                <Text size="sm" c="dimmed" w={{ base: '100%', xs: 150 }}>{t(`complaints.by.${group.by}`)}</Text>
                {group.rows.map(row => (
                  <Chip key={row.key} size="xs" maw="100%" classNames={{ label: classes.chip ?? '' }} checked={filter[group.by] === row.key} onChange={checked => setFilter({ ...none, [group.by]: checked ? row.key : null })}>{group.by === 'source' ? source(row.key, row.name) : row.name} · {row.count}</Chip>
                ))}
              </Group>
            ))}
          </Stack>
        </Paper>
      )}
      <DataList<Complaint>
        name="complaints" path={withQuery('/complaints', { days, ...filter })} columns={columns} rowKey={row => `${row.contact.id} ${row.id}`} minWidth={820}
        toolbar={<Select w={{ base: '100%', xs: 200 }} allowDeselect={false} aria-label={t('complaints.time')} value={days} onChange={value => setDays(value ?? '90')} data={['7', '30', '90', '365'].map(value => ({ value, label: t('complaints.days', { count: Number(value) }) }))} />}
        empty={filtered ? <EmptyState icon={IconSearch} title={t('nothing_found')} /> : <EmptyState icon={IconMoodCheck} title={t('complaints.none')} text={t('complaints.none_text')} />}
      />
    </Stack>
  )
}

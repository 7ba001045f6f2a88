import { useState } from 'react'
import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { CompanyMerge, CompanyPair } from '../../shared/company-duplicates.ts'
import { api, type Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { LevelBadge } from '../duplicates/level-badge.tsx'
import { MergeCompanies } from '../duplicates/merge-companies.tsx'
import { Reasons } from '../duplicates/reasons.tsx'
import { useDifferentCompanies } from '../duplicates/use-different-companies.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'
import { companyKey } from './company-details.tsx'

/** Which other companies may be this one. */
export function SameCompanyPanel({ companyId }: { companyId: number }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const client = useQueryClient()
  const differ = useDifferentCompanies()
  const [merging, setMerging] = useState<number | null>(null)
  const queryKey = [...companyKey(companyId), 'duplicates']
  const pairs = useQuery({ queryKey, queryFn: () => api.get<Page<CompanyPair>>(`/companies/${companyId}/duplicates`) }).data?.data ?? []
  const refresh = () => void client.invalidateQueries({ queryKey })
  useLive(['duplicates'], refresh)
  const shown = pairs.filter(pair => pair.level !== 'possible')
  if (shown.length === 0) return null
  return (
    <Panel title={t('companies.panel')}>
      <Stack gap="sm">
        {shown.map((pair) => {
          const other = pair.companies.find(company => company.id !== companyId)!
          return (
            <Stack key={other.id} gap={4}>
              <Group gap="xs" justify="space-between">
                <Anchor component={Link} to={`/companies/${other.id}`} size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{other.name}</Anchor>
                <LevelBadge level={pair.level} score={pair.score} />
              </Group>
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{[other.domain, other.phone, other.address].filter(Boolean).join(' · ')}</Text>
              <Reasons of="company" reasons={pair.reasons} size="xs" />
              {may && (
                <Group gap="xs">
                  <Button size="compact-sm" variant="light" onClick={() => setMerging(other.id)}>{t('merge')}</Button>
                  <Button size="compact-sm" variant="subtle" onClick={() => differ.mutate([companyId, other.id], { onSuccess: refresh })}>{t('companies.differ')}</Button>
                </Group>
              )}
            </Stack>
          )
        })}
      </Stack>
      {merging !== null && <MergeCompanies keep={companyId} other={merging} onClose={() => setMerging(null)} />}
    </Panel>
  )
}

/** The companies that went into this one, for as long as that can be undone. */
export function MergedCompaniesPanel({ companyId }: { companyId: number }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const may = useMay('contacts')
  const client = useQueryClient()
  const merges = useQuery({ queryKey: [...companyKey(companyId), 'merges'], queryFn: () => api.get<Page<CompanyMerge>>(`/company-merges?company=${companyId}`) }).data?.data ?? []
  const shown = merges.filter(merge => merge.undo_until !== null)
  if (shown.length === 0) return null
  const undo = (merge: CompanyMerge) => confirmDelete({
    title: t('contacts:merge.undo_title', { name: merge.from.name ?? '' }), text: t('companies.undo_text'), confirm: t('contacts:merge.undo_button'),
    onConfirm: async () => {
      await api.post(`/company-merges/${merge.id}/undo`)
      for (const id of [companyId, merge.from.id]) void client.invalidateQueries({ queryKey: companyKey(id) })
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('companies.undone'))
    },
  })
  return (
    <Panel title={t('companies.merges')}>
      <Stack gap={6}>
        {shown.map(merge => (
          <Group key={merge.id} justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
            <Stack gap={0} miw={0}>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{t('contacts:merge.with', { name: merge.from.name ?? '', day: format.day(merge.merged_at), by: merge.merged_by ?? 'API' })}</Text>
              <Text size="xs" c="dimmed">{t('contacts:merge.until', { day: format.day(merge.undo_until!) })}</Text>
            </Stack>
            {may && <Anchor component="button" type="button" size="xs" onClick={() => undo(merge)} aria-label={t('contacts:merge.undo_label', { name: merge.from.name ?? '' })}>{t('contacts:merge.undo')}</Anchor>}
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}

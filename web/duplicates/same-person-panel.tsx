import { useState } from 'react'
import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DuplicatePair } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { cardKey } from '../contacts/card-query.ts'
import { MergeDialog } from '../contacts/merge-dialog.tsx'
import { Panel } from '../contacts/panel.tsx'
import { LevelBadge } from './level-badge.tsx'
import { Reasons } from './reasons.tsx'
import { useDiffer } from './use-differ.ts'

/** On a card: which other cards may be the same person. */
export function SamePersonPanel({ contactId }: { contactId: number }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const client = useQueryClient()
  const differ = useDiffer()
  const [merging, setMerging] = useState<number | null>(null)
  const queryKey = [...cardKey(contactId), 'duplicates']
  const pairs = useQuery({ queryKey, queryFn: () => api.get<{ data: DuplicatePair[] }>(`/contacts/${contactId}/duplicates`) }).data?.data ?? []
  const refresh = () => void client.invalidateQueries({ queryKey })
  useLive(['duplicates'], refresh)
  const shown = pairs.filter(pair => pair.level !== 'possible')
  if (shown.length === 0) return null
  return (
    <Panel title={t('panel')}>
      <Stack gap="sm">
        {shown.map((pair) => {
          const other = pair.cards.find(card => card.id !== contactId)!
          return (
            <Stack key={other.id} gap={4}>
              <Group gap="xs" justify="space-between">
                <Anchor component={Link} to={`/contacts/${other.id}`} size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{other.name}</Anchor>
                <LevelBadge level={pair.level} score={pair.score} />
              </Group>
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{[other.email, other.phone, other.company, other.city].filter(Boolean).join(' · ')}</Text>
              <Reasons reasons={pair.reasons} size="xs" />
              {may && (
                <Group gap="xs">
                  <Button size="compact-sm" variant="light" onClick={() => setMerging(other.id)}>{t('merge')}</Button>
                  <Button size="compact-sm" variant="subtle" onClick={() => differ.mutate([contactId, other.id], { onSuccess: refresh })}>{t('differ')}</Button>
                </Group>
              )}
            </Stack>
          )
        })}
      </Stack>
      {merging !== null && <MergeDialog keep={contactId} others={[merging]} opened onClose={() => setMerging(null)} onMerged={refresh} />}
    </Panel>
  )
}

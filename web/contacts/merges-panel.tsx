import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Merge } from '../../shared/merges.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'
import { cardKey } from './card-query.ts'
import { Panel } from './panel.tsx'

/** The cards that went into this one, for as long as that can be undone. */
export function MergesPanel({ contactId }: { contactId: number }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const may = useMay('contacts')
  const client = useQueryClient()
  // Under the key of the card, so it is asked for again whenever the card is.
  const merges = useQuery({ queryKey: [...cardKey(contactId), 'merges'], queryFn: () => api.get<Page<Merge>>(withQuery('/merges', { contact: contactId })) })
  const shown = (merges.data?.data ?? []).filter(merge => merge.into.id === contactId && merge.undo_until !== null)
  if (shown.length === 0) return null
  const undo = (merge: Merge, whole: Merge[] = []) => confirmDelete({
    title: whole.length > 0 ? t('merge.undo_all_title', { count: whole.length }) : t('merge.undo_title', { name: merge.from.name ?? '' }),
    text: t('merge.undo_text', { count: Math.max(1, whole.length) }),
    confirm: t('merge.undo_button'),
    onConfirm: async () => {
      await api.post(withQuery(`/merges/${merge.id}/undo`, whole.length > 0 ? { whole: true } : {}))
      for (const each of [merge, ...whole]) client.removeQueries({ queryKey: cardKey(each.from.id) })
      void client.invalidateQueries({ queryKey: cardKey(contactId) })
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('merge.undone', { count: Math.max(1, whole.length) + 1 }))
    },
  })
  return (
    <Panel title={t('merge.panel')}>
      <Stack gap={6}>
        {shown.map((merge, index) => (
          <Group key={merge.id} justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
            <Stack gap={0} miw={0}>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{t('merge.with', { name: merge.from.name ?? '', day: format.day(merge.merged_at), by: merge.merged_by ?? 'API' })}</Text>
              <Text size="xs" c="dimmed">{t('merge.until', { day: format.day(merge.undo_until!) })}</Text>
            </Stack>
            {may && (
              <Group gap="xs" wrap="nowrap">
                <Anchor component="button" type="button" size="xs" onClick={() => undo(merge)} aria-label={t('merge.undo_label', { name: merge.from.name ?? '' })}>{t('merge.undo')}</Anchor>
                {isFirstOfAct(shown, index) && <Anchor component="button" type="button" size="xs" onClick={() => undo(merge, ofAct(shown, merge))}>{t('merge.undo_all', { count: ofAct(shown, merge).length })}</Anchor>}
              </Group>
            )}
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}

/** The cards that went in one act, where they were several. */
const ofAct = (merges: Merge[], { act }: Merge): Merge[] => act === null ? [] : merges.filter(merge => merge.act === act)
const isFirstOfAct = (merges: Merge[], index: number): boolean => ofAct(merges, merges[index]!).length > 1 && merges.findIndex(merge => merge.act === merges[index]!.act) === index

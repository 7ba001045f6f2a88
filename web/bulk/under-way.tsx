import { useState } from 'react'
import { ActionIcon, Anchor, Group, Paper, Stack } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { BulkAction } from '../../shared/bulk.ts'
import { useLive } from '../app/live.ts'
import { useList } from '../ui/use-list.ts'
import { ActionRow } from './action-row.tsx'

const minutes = 10
const isLively = (action: BulkAction): boolean => action.finished_at === null || Date.now() - Date.parse(action.finished_at) < minutes * 60_000

/** Above the list of contacts: what is under way with many of them, or was done a moment ago and may be undone. */
export function UnderWay() {
  const { t } = useTranslation('bulk')
  const client = useQueryClient()
  const list = useList<BulkAction>('/bulk-actions?of=list&limit=5')
  const [hidden, setHidden] = useState<string[]>([])
  useLive(['bulk'], () => {
    void list.refetch()
    void client.invalidateQueries({ queryKey: ['list'], predicate: query => String(query.queryKey[1]).startsWith('/contacts') })
  })
  const name = (action: BulkAction) => `${action.id}:${action.state}`
  const shown = list.rows.filter(action => isLively(action) && !hidden.includes(name(action)))
  if (shown.length === 0) return null
  return (
    <Paper p="sm" mb="sm" role="status">
      <Stack gap="sm">
        {shown.map(action => (
          <Group key={action.id} gap="xs" wrap="nowrap" align="flex-start">
            <div style={{ flex: 1, minWidth: 0 }}><ActionRow action={action} /></div>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('app:close')} onClick={() => setHidden(before => [...before, name(action)])}><IconX size={14} /></ActionIcon>
          </Group>
        ))}
        <Anchor component={Link} to="/bulk-actions" size="xs">{t('title')}</Anchor>
      </Stack>
    </Paper>
  )
}

import type { ReactNode } from 'react'
import { ActionIcon, Center, Loader, Popover, ScrollArea, Stack, Text } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import type { FieldChange, FieldValue } from '../../shared/contacts.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { useByWords } from './by-words.ts'

type Props = { label: string, path: string, past: ((value: FieldValue) => ReactNode) | undefined, className: string }

/** What a field was before, by whom and when: behind a small clock at its row. */
export function FieldHistory({ label, path, past, className }: Props) {
  const { t } = useTranslation('contacts')
  const [opened, { toggle, close }] = useDisclosure(false)
  return (
    <Popover opened={opened} onChange={isOpen => !isOpen && close()} position="bottom-end" width={320} shadow="md" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size={24} className={className} aria-label={t('history_of', { label })} title={t('history_of', { label })} onClick={toggle}><IconHistory size={15} stroke={1.7} /></ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('history_of', { label })}>{opened && <Changes path={path} past={past} />}</Popover.Dropdown>
    </Popover>
  )
}

function Changes({ path, past }: Pick<Props, 'path' | 'past'>) {
  const { t } = useTranslation('contacts')
  const byWords = useByWords()
  const list = useList<FieldChange>(path)
  const show = (value: FieldValue) => value === null || value === '' ? '—' : past?.(value) ?? (Array.isArray(value) ? value.join(', ') : String(value))
  if (list.isPending) return <Center p="sm"><Loader type="dots" size="sm" /></Center>
  return (
    <ScrollArea.Autosize mah={280} type="auto">
      <Stack gap={8} tabIndex={-1} data-autofocus>
        <ErrorNotice error={list.error} />
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('history_empty')}</Text>}
        {list.rows.map(change => (
          <div key={change.id}>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{show(change.from)} → {show(change.to)}</Text>
            <Text size="xs" c="dimmed"><TimeAgo time={change.at} /> · {byWords(change.by, change.by_name)}</Text>
          </div>
        ))}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </ScrollArea.Autosize>
  )
}

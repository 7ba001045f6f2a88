import { useState } from 'react'
import { Badge, Box, Center, Chip, Code, Group, Loader, Stack, Text, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { IconHistory } from '@tabler/icons-react'
import { useSearchParams } from 'react-router'
import type { TimelineEntry, TimelineKind } from '../../shared/contacts.ts'
import { withQuery } from '../app/api.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { iconOf, useEntryWords } from './timeline-words.tsx'
import classes from './timeline.module.css'

const kinds: TimelineKind[] = ['all', 'mail', 'order', 'subscription', 'form', 'deal', 'note', 'call', 'visit', 'journey', 'segment', 'card', 'task', 'other']

/** Everything that happened, newest first: raw events, each of which can be opened. */
export function Timeline({ contactId }: { contactId: number }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const [params, setParams] = useSearchParams()
  const kind = kinds.find(each => each === params.get('timeline')) ?? 'all'
  const setKind = (next: string) => setParams((before) => {
    const after = new URLSearchParams(before)
    if (next === 'all') after.delete('timeline')
    else after.set('timeline', next)
    return after
  }, { replace: true, preventScrollReset: true })
  const list = useList<TimelineEntry>(withQuery(`/contacts/${contactId}/timeline`, { kind: kind === 'all' ? null : kind }))
  return (
    <Stack gap="sm">
      <Chip.Group value={kind} onChange={value => setKind(String(value))}>
        <Group gap={6} role="radiogroup" aria-label={t('timeline.filter')}>
          {kinds.map(each => <Chip key={each} value={each} size="xs" variant="light">{t(`timeline.kinds.${each}`)}</Chip>)}
        </Group>
      </Chip.Group>
      {list.isPending && <Center py="xl"><Loader type="dots" /></Center>}
      {list.isError && list.rows.length === 0 && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && <EmptyState icon={IconHistory} title={t('timeline.empty')} text={kind === 'all' ? t('timeline.empty_text') : undefined} />}
      <div>
        {list.rows.map((entry, index) => {
          const before = list.rows[index - 1]
          const day = format.day(entry.occurred_at)
          return (
            <div key={`${entry.occurred_at} ${entry.id}`}>
              {(before === undefined || format.day(before.occurred_at) !== day) && <Text className={classes.day ?? ''}>{day}</Text>}
              <Entry entry={entry} />
            </div>
          )
        })}
      </div>
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const words = useEntryWords(entry)
  const [opened, setOpened] = useState(false)
  const Icon = iconOf(entry)
  return (
    <div className={classes.entry} data-machine={entry.is_machine || undefined} data-kind={entry.kind}>
      <span className={classes.icon}><Icon size={16} stroke={1.7} aria-hidden /></span>
      <Box flex={1} miw={0}>
        <UnstyledButton className={classes.head ?? ''} onClick={() => setOpened(!opened)} aria-expanded={opened}>
          <Text size="sm" component="span" style={{ overflowWrap: 'anywhere' }}>{words.title}</Text>
          <Text size="xs" c="dimmed" component="span" className={classes.time ?? ''} title={format.dayAndTime(entry.occurred_at)}>{format.time(entry.occurred_at)}</Text>
        </UnstyledButton>
        {words.detail !== null && <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>{words.detail}</Text>}
        {entry.is_machine && <Badge size="xs" color="gray" mt={2} title={entry.machine_reason ?? ''}>{t('timeline.machine')}</Badge>}
        {opened && (
          <Stack gap={4} my={6}>
            <Text size="xs" c="dimmed">{entry.type} · {format.dayAndTime(entry.occurred_at)} · {t('timeline.source', { source: entry.source })}</Text>
            {entry.is_machine && entry.machine_reason !== null && <Text size="xs">{t('timeline.machine_because', { reason: entry.machine_reason })}</Text>}
            <Code block fz="xs">{JSON.stringify(entry.properties, null, 2)}</Code>
          </Stack>
        )}
      </Box>
    </div>
  )
}

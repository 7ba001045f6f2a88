import { useMemo, useState } from 'react'
import { Anchor, Badge, Box, Center, Chip, Code, Group, Loader, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { IconHistory, IconSearch } from '@tabler/icons-react'
import { Link, useSearchParams } from 'react-router'
import type { TimelineEntry, TimelineKind } from '../../shared/contacts.ts'
import { withQuery } from '../app/api.ts'
import { addressOf } from '../notes/address.ts'
import { useMay } from '../app/session.tsx'
import { MailAsItCame } from '../inbound/whole-mail.tsx'
import { MessageContent } from '../messages/message-content.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { iconOf, useEntryWords } from './timeline-words.tsx'
import classes from './timeline.module.css'

/** Of a deal: what is about it, and mails. */
const kindsOfDeal: TimelineKind[] = ['all', 'deal', 'mail', 'task', 'note', 'call']
const kinds: TimelineKind[] = ['all', 'mail', 'order', 'subscription', 'form', 'deal', 'note', 'call', 'visit', 'journey', 'segment', 'card', 'task', 'other']

/** Everything that happened, newest first: raw events, each of which can be opened. */
export function Timeline({ of }: { of: { contactId: number } | { companyId: number } | { dealId: number } }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const [params, setParams] = useSearchParams()
  const offered = 'dealId' in of ? kindsOfDeal : kinds
  const kind = offered.find(each => each === params.get('timeline')) ?? 'all'
  const setKind = (next: string) => setParams((before) => {
    const after = new URLSearchParams(before)
    if (next === 'all') after.delete('timeline')
    else after.set('timeline', next)
    return after
  }, { replace: true, preventScrollReset: true })
  const [words, setWords] = useState('')
  const [search] = useDebouncedValue(words.trim(), 250)
  const list = useList<TimelineEntry>(withQuery(`${addressOf(of)}/timeline`, { kind: kind === 'all' ? null : kind, search: search === '' ? null : search }))
  const bursts = useMemo(() => burstsOf(list.rows, format.day), [list.rows, format])
  return (
    <Stack gap="sm">
      <Chip.Group value={kind} onChange={value => setKind(String(value))}>
        <Group gap={6} role="radiogroup" aria-label={t('timeline.filter')}>
          {offered.map(each => <Chip key={each} value={each} size="xs" variant="light">{t(`timeline.kinds.${each}`)}</Chip>)}
        </Group>
      </Chip.Group>
      <TextInput size="xs" maw={320} leftSection={<IconSearch size={14} />} aria-label={t('timeline.search')} placeholder={t('timeline.search')} value={words} onChange={event => setWords(event.currentTarget.value)} />
      {list.isPending && <Center py="xl"><Loader type="dots" /></Center>}
      {list.isError && list.rows.length === 0 && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && <EmptyState icon={IconHistory} title={t('timeline.empty')} text={kind === 'all' && search === '' ? t('timeline.empty_text') : undefined} />}
      <div>
        {bursts.map((burst, index) => {
          const entry = burst[0]!
          const before = bursts[index - 1]?.[0]
          const day = format.day(entry.occurred_at)
          return (
            <div key={`${entry.occurred_at} ${entry.id}`}>
              {(before === undefined || format.day(before.occurred_at) !== day) && <Text className={classes.day ?? ''}>{day}</Text>}
              <Burst entries={burst} withPerson={'companyId' in of} />
            </div>
          )
        })}
      </div>
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

/** Acts that repeat: the same mail opened, the same page viewed. */
const repeats = new Set(['email.opened', 'email.clicked', 'page.viewed', 'cart.updated'])
const sameAct = (a: TimelineEntry, b: TimelineEntry) => a.type === b.type && repeats.has(a.type) && a.contact.id === b.contact.id && a.message_id === b.message_id && a.is_machine === b.is_machine && a.properties['url'] === b.properties['url']

/** The same act several times in a row on one day is one line. */
function burstsOf(entries: TimelineEntry[], dayOf: (iso: string) => string): TimelineEntry[][] {
  const bursts: TimelineEntry[][] = []
  for (const entry of entries) {
    const last = bursts.at(-1)
    if (last !== undefined && sameAct(last[0]!, entry) && dayOf(last[0]!.occurred_at) === dayOf(entry.occurred_at)) last.push(entry)
    else bursts.push([entry])
  }
  return bursts
}

function Burst({ entries, withPerson }: { entries: TimelineEntry[], withPerson: boolean }) {
  const { t } = useTranslation('contacts')
  const [all, setAll] = useState(false)
  const shown = all ? entries : entries.slice(0, 1)
  return (
    <>
      {shown.map(entry => <Entry key={entry.id} entry={entry} withPerson={withPerson} />)}
      {entries.length > 1 && <Anchor component="button" type="button" size="xs" ml={38} mb={6} aria-expanded={all} onClick={() => setAll(!all)}>{all ? t('timeline.fold') : t('timeline.times', { count: entries.length })}</Anchor>}
    </>
  )
}

function Entry({ entry, withPerson }: { entry: TimelineEntry, withPerson: boolean }) {
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
        {withPerson && <Anchor component={Link} to={`/contacts/${entry.contact.id}`} size="xs">{entry.contact.name}</Anchor>}
        {words.detail !== null && <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>{words.detail}</Text>}
        {entry.is_machine && <Badge size="xs" color="gray" mt={2} title={entry.machine_reason ?? ''}>{t('timeline.machine')}</Badge>}
        {opened && <Opened entry={entry} />}
      </Box>
    </div>
  )
}

const theirs = new Set(['email.replied', 'email.auto_replied', 'email.unsubscribed', 'email.complained'])

/** What stands behind a line: of a mail its content, of everything the event as it came. */
function Opened({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const may = useMay('contacts')
  const [raw, setRaw] = useState(false)
  const inbound = entry.properties['inbound_mail_id']
  const content = theirs.has(entry.type) && typeof inbound === 'number'
    ? may ? <MailAsItCame id={inbound} onCard /> : null
    : entry.kind === 'mail' && entry.message_id !== null && entry.mail !== null ? <MessageContent contactId={entry.contact.id} messageId={entry.message_id} /> : null
  return (
    <Stack gap={4} my={6}>
      {content}
      <Text size="xs" c="dimmed">{entry.type} · {format.dayAndTime(entry.occurred_at)} · {t('timeline.source', { source: entry.source })}</Text>
      {entry.is_machine && entry.machine_reason !== null && <Text size="xs">{t('timeline.machine_because', { reason: entry.machine_reason })}</Text>}
      {content !== null && <Anchor component="button" type="button" size="xs" w="fit-content" aria-expanded={raw} onClick={() => setRaw(!raw)}>{t('timeline.raw')}</Anchor>}
      {(content === null || raw) && <Code block fz="xs">{JSON.stringify(entry.properties, null, 2)}</Code>}
    </Stack>
  )
}

import { useEffect, useState } from 'react'
import { ActionIcon, Anchor, Badge, Button, Group, Menu, ScrollArea, SegmentedControl, Skeleton, Stack, Table, Text, TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks'
import { IconArrowLeft, IconDots, IconDownload, IconInbox, IconMailOff, IconSearch, IconTrash } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { TestMail, TestMailDetail } from '../../shared/delivery.ts'
import { api, apiUrl, withQuery } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { MailFrame } from '../templates/mail-frame.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import classes from './test-mailbox.module.css'

/** Where mail goes while no SMTP server is set: a mail program for everybody's mailbox. */
export function Page() {
  const { t } = useTranslation('mailbox')
  const { id } = useParams()
  const client = useQueryClient()
  const may = useMay('marketing')
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const [search, setSearch] = useState('')
  const [looked] = useDebouncedValue(search, 200)
  const path = withQuery('/test-mails', { search: looked, limit: 30 })
  const list = useInfiniteQuery({
    queryKey: ['test-mails', path],
    queryFn: ({ pageParam, signal }) => api.get<ListPage<TestMail>>(withQuery(path, { cursor: pageParam }), { signal }),
    initialPageParam: null as string | null, getNextPageParam: page => page.next_cursor, placeholderData: previous => previous,
    // A mailbox is looked at while waiting for mail.
    refetchInterval: 2500,
  })
  const mails = list.data?.pages.flatMap(page => page.data) ?? []
  const empty = () => confirmDelete({
    title: t('empty_title'), text: t('empty_text'), confirm: t('empty'),
    onConfirm: async () => {
      await api.delete('/test-mails')
      await client.invalidateQueries({ queryKey: ['test-mails'] })
    },
  })
  const menu = may && mails.length > 0
    ? (
        <Menu position="bottom-end">
          <Menu.Target><ActionIcon variant="default" size={36} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
          <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={empty}>{t('empty')}</Menu.Item></Menu.Dropdown>
        </Menu>
      )
    : undefined
  if (narrow && id !== undefined) return <Letter key={id} id={id} back />
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={menu} />
      {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && mails.length === 0 && looked === ''
        ? <EmptyState icon={IconInbox} title={t('none')} text={t('none_text')} />
        : (
            <div className={classes.mailbox} data-narrow={narrow || undefined}>
              <div className={classes.list}>
                <TextInput m="xs" size="xs" leftSection={<IconSearch size={15} />} placeholder={t('search')} aria-label={t('search')} value={search} onChange={event => setSearch(event.currentTarget.value)} />
                <ScrollArea.Autosize className={classes.scroll ?? ''} type="auto">
                  {list.isPending && <Stack p="sm">{[0, 1, 2, 3].map(index => <Skeleton key={index} h={52} />)}</Stack>}
                  {list.isSuccess && mails.length === 0 && <Text size="sm" c="dimmed" p="md" ta="center">{t('none_found')}</Text>}
                  <nav aria-label={t('title')}>{mails.map(mail => <Row key={mail.id} mail={mail} chosen={String(mail.id) === id} />)}</nav>
                  <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
                </ScrollArea.Autosize>
              </div>
              {!narrow && (id === undefined ? <div className={classes.nothing}><Text c="dimmed" size="sm">{t('choose')}</Text></div> : <Letter key={id} id={id} />)}
            </div>
          )}
    </>
  )
}

function Row({ mail, chosen }: { mail: TestMail, chosen: boolean }) {
  const { t } = useTranslation('mailbox')
  const unread = mail.opened_at === null
  return (
    <UnstyledButton component={Link} to={`/mailbox/${mail.id}`} className={classes.row ?? ''} data-chosen={chosen || undefined} aria-current={chosen ? 'true' : undefined}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={unread ? 700 : 500} truncate>{mail.to}</Text>
        <Text size="xs" c="dimmed" style={{ flex: 'none' }}><TimeAgo time={mail.received_at} /></Text>
      </Group>
      <Group gap={7} wrap="nowrap">
        {unread && <span className={classes.dot} aria-label={t('unread')} role="img" />}
        <Text size="sm" fw={unread ? 600 : 400} c={unread ? undefined : 'dimmed'} truncate>{mail.subject || t('no_subject')}</Text>
      </Group>
    </UnstyledButton>
  )
}

type View = 'mail' | 'text' | 'headers' | 'source'

function Letter({ id, back = false }: { id: string, back?: boolean }) {
  const { t } = useTranslation('mailbox')
  const client = useQueryClient()
  const navigate = useNavigate()
  const format = useFormat()
  const [view, setView] = useState<View>('mail')
  const letter = useQuery({ queryKey: ['test-mail', id], queryFn: () => api.get<TestMailDetail>(`/test-mails/${id}`), staleTime: Number.POSITIVE_INFINITY })
  const read = letter.isSuccess
  // It is read now: the list shows so.
  useEffect(() => {
    if (read) void client.invalidateQueries({ queryKey: ['test-mails'] })
  }, [read, client])
  if (letter.isError) return <ErrorNotice error={letter.error} retry={() => void letter.refetch()} />
  if (!letter.isSuccess) return <Stack p="md"><Skeleton h={28} w="60%" /><Skeleton h={360} /></Stack>
  const mail = letter.data
  return (
    <article className={classes.letter} aria-label={mail.subject}>
      <Stack gap={8} className={classes.letterHead ?? ''}>
        {back && <Anchor component="button" size="sm" c="dimmed" w="fit-content" onClick={() => void navigate('/mailbox')}><Group gap={4} component="span"><IconArrowLeft size={15} aria-hidden />{t('title')}</Group></Anchor>}
        <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
          <Text fw={650} fz={20} lh={1.3} component="h2" m={0} style={{ overflowWrap: 'anywhere' }}>{mail.subject || t('no_subject')}</Text>
          <Tooltip label={t('download')}><ActionIcon component="a" href={apiUrl(`/test-mails/${id}/raw`)} download={`mail-${id}.eml`} variant="subtle" color="gray" aria-label={t('download')}><IconDownload size={17} stroke={1.7} /></ActionIcon></Tooltip>
        </Group>
        <Group gap="xs" justify="space-between" align="flex-end">
          <Stack gap={0}>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}><Text span c="dimmed" size="sm">{t('from')} </Text>{mail.from}</Text>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              <Text span c="dimmed" size="sm">{t('to')} </Text>
              {mail.contact_id === null ? mail.to : <Anchor component={Link} to={`/contacts/${mail.contact_id}`} size="sm">{mail.to}</Anchor>}
            </Text>
            <Text size="xs" c="dimmed">{format.dayAndTime(mail.received_at)} · {t('size', { kilobytes: format.number(Math.max(1, Math.round(mail.size / 1024))) })}</Text>
          </Stack>
          {mail.unsubscribe_url !== null && <OneClick url={mail.unsubscribe_url} />}
        </Group>
        <SegmentedControl size="xs" w="fit-content" aria-label={t('view')} value={view} onChange={value => setView(value as View)} data={(['mail', 'text', 'headers', 'source'] as const).map(each => ({ value: each, label: t(`views.${each}`) }))} />
      </Stack>
      <div className={classes.body}>
        {view === 'mail' && (mail.html === null ? <pre className={classes.text}>{mail.text}</pre> : <MailFrame html={mail.html} title={mail.subject || t('no_subject')} links />)}
        {view === 'text' && <pre className={classes.text}>{mail.text}</pre>}
        {view === 'headers' && <Headers mail={mail} />}
        {view === 'source' && <Source id={id} />}
      </div>
    </article>
  )
}

/** What the button beside the sender does in Gmail and others: RFC 8058, a POST without cookies. */
function OneClick({ url }: { url: string }) {
  const { t } = useTranslation('mailbox')
  const press = useMutation({
    mutationFn: async () => {
      const { pathname } = new URL(url)
      const answer = await fetch(pathname, { method: 'POST', credentials: 'omit', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
      if (!answer.ok) throw new Error(t('one_click_failed', { status: answer.status }))
    },
    onSuccess: () => notifyDone(t('one_click_done')),
    onError: notifyError,
  })
  return press.isSuccess
    ? <Badge color="gray" size="lg">{t('unsubscribed')}</Badge>
    : <Tooltip label={t('one_click_hint')} multiline w={260}><Button size="compact-sm" variant="default" leftSection={<IconMailOff size={15} />} loading={press.isPending} onClick={() => press.mutate()}>{t('one_click')}</Button></Tooltip>
}

function Headers({ mail }: { mail: TestMailDetail }) {
  return (
    <ScrollArea h="100%" p="xs">
      <Table verticalSpacing={5} fz="xs" layout="fixed">
        <Table.Tbody>
          {mail.headers.map((header, index) => (
            // The same header may stand twice.
            // oxlint-disable-next-line react/no-array-index-key -- the lines have no other name and keep their order
            <Table.Tr key={index}>
              <Table.Th w={170} style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>{header.name}</Table.Th>
              <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>{header.value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  )
}

function Source({ id }: { id: string }) {
  const source = useQuery({
    queryKey: ['test-mail-source', id], staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const answer = await fetch(apiUrl(`/test-mails/${id}/raw`), { credentials: 'same-origin' })
      return answer.text()
    },
  })
  return source.isSuccess ? <pre className={classes.text}>{source.data}</pre> : <Skeleton h={300} m="md" />
}

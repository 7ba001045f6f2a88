import { Anchor, Button, Group, Paper, Select, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { LedgerEntry, LedgerState } from '../../shared/messages.ts'
import { withQuery } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { personName } from '../ui/people-drawer.tsx'
import { useList } from '../ui/use-list.ts'
import type { LedgerChoice } from './ledger.tsx'
import { useReasonWords } from './reason-words.ts'
import { ledgerStates, MailStateBadge } from './state-badge.tsx'
import { useWhyWords } from './why-words.ts'

/** The mails themselves, as chosen. */
export function LedgerMails({ base, choice, choose, nameOf }: { base: string, choice: LedgerChoice, choose: (next: Partial<LedgerChoice>) => void, nameOf: ((step: string) => string) | undefined }) {
  const { t } = useTranslation('messages')
  const format = useFormat()
  const words = useReasonWords()
  const why = useWhyWords()
  const list = useList<LedgerEntry>(withQuery(`${base}/messages`, choice))
  return (
    <Paper>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">{t('mails')}</Title>
          <Group gap="xs">
            {(choice.reason !== null || choice.sender !== null) && <Button size="compact-sm" variant="light" onClick={() => choose({})}>{choice.reason === null ? t('one_sender') : words(choice.reason)} ×</Button>}
            <Select size="xs" w={180} aria-label={t('state')} placeholder={t('all')} clearable value={choice.state} onChange={value => choose({ state: value as LedgerState | null })} data={ledgerStates.map(value => ({ value, label: t(`states.${value}`) }))} />
          </Group>
        </Group>
        {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Skeleton height={200} />}
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('app:nobody')}</Text>}
        {list.rows.length > 0 && (
          <Table.ScrollContainer minWidth={640}>
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t('person')}</Table.Th><Table.Th>{t('state')}</Table.Th><Table.Th>{t('when')}</Table.Th><Table.Th>{t('sender')}</Table.Th><Table.Th ta="right">{t('tries')}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {list.rows.map((row) => {
                  const { sentence, words: server } = why(row.why)
                  return (
                    <Table.Tr key={row.message_id}>
                      <Table.Td>
                        <Anchor component={Link} size="sm" to={`/contacts/${row.contact_id}`}>{personName(row)}</Anchor>
                        {row.email && <Text size="xs" c="dimmed">{row.email}</Text>}
                        {row.step !== null && nameOf && choice.step === null && <Text size="xs" c="dimmed">{nameOf(row.step)}</Text>}
                      </Table.Td>
                      <Table.Td maw={340}>
                        <MailStateBadge state={row.state} size="sm" />
                        {sentence !== null && <Text size="sm">{sentence}</Text>}
                        {server !== null && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{server}</Text>}
                      </Table.Td>
                      <Table.Td><Text size="sm">{row.sent_at ? format.dayAndTime(row.sent_at) : '—'}</Text></Table.Td>
                      <Table.Td><Text size="sm">{row.sender ?? '—'}</Text>{row.provider && <Text size="xs" c="dimmed">→ {row.provider}</Text>}</Table.Td>
                      <Table.Td ta="right"><Text size="sm">{format.number(row.attempts)}</Text></Table.Td>
                    </Table.Tr>
                  )
                })}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Paper>
  )
}

import type { ReactNode } from 'react'
import { Alert, Button, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Ledger, LedgerState } from '../../shared/messages.ts'
import { api, apiUrl, withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { LedgerMails } from './ledger-mails.tsx'
import { useReasonWords } from './reason-words.ts'
import { ledgerStates, MailStateBadge } from './state-badge.tsx'
import classes from './ledger.module.css'

/** What is chosen of a ledger; kept in the address, so that other pages lead to it. */
export type LedgerChoice = { step: string | null, state: LedgerState | null, reason: string | null, sender: string | null }
export const ledgerKey = (base: string) => ['ledger', base]

export function useLedgerChoice(): { choice: LedgerChoice, choose: (next: Partial<LedgerChoice>) => void } {
  const [params, setParams] = useSearchParams()
  const choice: LedgerChoice = { step: params.get('step'), state: ledgerStates.find(each => each === params.get('state')) ?? null, reason: params.get('reason'), sender: params.get('sender') }
  const choose = (next: Partial<LedgerChoice>) => setParams(() => {
    const all = { ...choice, state: null, reason: null, sender: null, ...next }
    return new URLSearchParams(Object.entries(all).flatMap(([name, value]) => value === null ? [] : [[name, value]]))
  }, { replace: true, preventScrollReset: true })
  return { choice, choose }
}

/** The numbers of a ledger at `base` (`/campaigns/1`, `/journeys/2`), of one step when that is chosen. */
export function useLedger(base: string, step: string | null, enabled = true) {
  return useQuery({ queryKey: [...ledgerKey(base), step], enabled, queryFn: ({ signal }) => api.get<Ledger>(withQuery(`${base}/ledger`, { step }), { signal }), placeholderData: keepPreviousData })
}

/** The button for the page's head: the ledger as it is filtered now. */
export function LedgerDownload({ base, choice }: { base: string, choice: LedgerChoice }) {
  const { t } = useTranslation('messages')
  return <Button variant="default" component="a" href={apiUrl(withQuery(`${base}/ledger.csv`, choice))} leftSection={<IconDownload size={16} />}>{t('download')}</Button>
}

/** What became of every mail of a campaign or a journey, and why: numbers that lead to the mails behind them. `rest`: what can be done about those that did not arrive. `nameOf`: of a step. */
export function LedgerView({ base, ledger, rest, nameOf }: { base: string, ledger: Ledger | undefined, rest?: ReactNode, nameOf?: (step: string) => string }) {
  const { t } = useTranslation('messages')
  const { choice, choose } = useLedgerChoice()
  if (ledger === undefined) return <Skeleton height={360} radius="md" />
  return (
    <Stack gap="md">
      <Paper>
        <SimpleGrid cols={{ base: 2, xs: 4, lg: 8 }} spacing="xs">
          <Count label={t('all')} value={ledger.counts.planned} chosen={choice.state === null} onClick={() => choose({})} />
          {ledgerStates.map(state => <Count key={state} label={t(`states.${state}`)} value={ledger.counts[state]} chosen={choice.state === state} onClick={() => choose({ state })} />)}
        </SimpleGrid>
      </Paper>
      {ledger.counts.unknown > 0 && <Alert color="amber" variant="light" title={t('unknown_title')}>{t('unknown_text')}</Alert>}
      {ledger.steps.length > 0 && <Steps ledger={ledger} nameOf={nameOf ?? (step => step)} />}
      <Reasons ledger={ledger} rest={rest} />
      {ledger.senders.some(sender => sender.id !== null) && <Senders ledger={ledger} />}
      <LedgerMails base={base} choice={choice} choose={choose} nameOf={nameOf} />
    </Stack>
  )
}

function Count({ label, value, chosen, onClick }: { label: string, value: number, chosen: boolean, onClick: () => void }) {
  const format = useFormat()
  return (
    <button type="button" className={classes.count} data-chosen={chosen || undefined} aria-pressed={chosen} onClick={onClick}>
      <Text size="xs" c="dimmed" component="span" display="block">{label}</Text>
      <Text fw={600} component="span" style={{ fontVariantNumeric: 'tabular-nums' }}>{format.number(value)}</Text>
    </button>
  )
}

function NumberButton({ value, label, onClick }: { value: number, label: string, onClick: () => void }) {
  const format = useFormat()
  if (value === 0) return <Text size="sm" c="dimmed" component="span">0</Text>
  return <Button variant="subtle" size="compact-sm" onClick={onClick} aria-label={`${label}: ${format.number(value)}`} style={{ fontVariantNumeric: 'tabular-nums' }}>{format.number(value)}</Button>
}

function Reasons({ ledger, rest }: { ledger: Ledger, rest: ReactNode }) {
  const { t } = useTranslation('messages')
  const format = useFormat()
  const words = useReasonWords()
  const { choice, choose } = useLedgerChoice()
  const lines: { state: LedgerState, reason: string, count: number, next_at: string | null, last_at: string | null }[] = [
    ...ledger.waiting.map(line => ({ ...line, state: 'queued' as const })),
    ...ledger.reasons.map(line => ({ ...line, next_at: null, last_at: null })),
  ]
  if (lines.length === 0) return null
  return (
    <Paper>
      <Stack gap="xs">
        <Title order={2} size="h3">{t('reasons_title')}</Title>
        <Table highlightOnHover>
          <Table.Tbody>
            {lines.map(line => (
              <Table.Tr key={`${line.state} ${line.reason}`} bg={choice.state === line.state && choice.reason === line.reason ? 'var(--mantine-color-default-hover)' : undefined}>
                <Table.Td>
                  <Group gap="xs"><MailStateBadge state={line.state} /><Text size="sm">{words(line.reason)}</Text></Group>
                  {line.next_at && line.reason !== 'in_turn' && <Text size="xs" c="dimmed">{line.next_at === line.last_at ? t('waits_until', { time: format.dayAndTime(line.next_at) }) : t('waits_between', { from: format.dayAndTime(line.next_at), to: format.dayAndTime(line.last_at ?? line.next_at) })}</Text>}
                </Table.Td>
                <Table.Td ta="right" w={90}><NumberButton value={line.count} label={words(line.reason)} onClick={() => choose({ state: line.state, reason: line.reason })} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {rest}
      </Stack>
    </Paper>
  )
}

function Senders({ ledger }: { ledger: Ledger }) {
  const { t } = useTranslation('messages')
  const { choose } = useLedgerChoice()
  return (
    <Paper>
      <Stack gap="xs">
        <Title order={2} size="h3">{t('by_sender')}</Title>
        <Table highlightOnHover>
          <Table.Tbody>
            {ledger.senders.map((sender) => {
              const name = sender.id === null ? t('settings_server') : sender.name ?? t('removed_sender')
              return <Table.Tr key={sender.id ?? 0}><Table.Td><Text size="sm">{name}</Text></Table.Td><Table.Td ta="right" w={90}><NumberButton value={sender.count} label={name} onClick={() => choose({ sender: String(sender.id ?? 0) })} /></Table.Td></Table.Tr>
            })}
          </Table.Tbody>
        </Table>
      </Stack>
    </Paper>
  )
}

function Steps({ ledger, nameOf }: { ledger: Ledger, nameOf: (step: string) => string }) {
  const { t } = useTranslation('messages')
  const { choice, choose } = useLedgerChoice()
  return (
    <Paper>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h3">{t('by_step')}</Title>
          {choice.step !== null && <Button size="compact-sm" variant="light" onClick={() => choose({ step: null })}>{t('all_steps')}</Button>}
        </Group>
        <Table.ScrollContainer minWidth={760}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr><Table.Th>{t('step')}</Table.Th>{ledgerStates.map(state => <Table.Th key={state} ta="right">{t(`states.${state}`)}</Table.Th>)}</Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ledger.steps.map(line => (
                <Table.Tr key={line.step}>
                  <Table.Td>
                    <Button variant="subtle" size="compact-sm" onClick={() => choose({ step: line.step })} aria-pressed={choice.step === line.step} styles={{ label: { whiteSpace: 'normal', textAlign: 'left' } }} h="auto">{nameOf(line.step)}</Button>
                    {line.mail !== '' && line.mail !== nameOf(line.step) && <Text size="xs" c="dimmed" pl={8}>{line.mail}</Text>}
                  </Table.Td>
                  {ledgerStates.map(state => <Table.Td key={state} ta="right"><NumberButton value={line[state]} label={`${nameOf(line.step)}, ${t(`states.${state}`)}`} onClick={() => choose({ step: line.step, state })} /></Table.Td>)}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Stack>
    </Paper>
  )
}

import { Badge, Code, Group, List, Loader, Paper, Stack, Text, UnstyledButton, Collapse } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Authentication, PlacementResult } from '../../shared/placement.ts'
import { useFormat } from '../ui/format.ts'
import { outcomeColours } from './placement-outcomes.ts'

const tabNames = new Set(['promotions', 'social', 'updates', 'forums'])
const known = new Set(['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'])

export function PlacementResultCard({ result }: { result: PlacementResult }) {
  const { t } = useTranslation('placement')
  const format = useFormat()
  const [open, { toggle }] = useDisclosure(false)
  const { outcome, tab, took_seconds: took, authentication } = result
  const where = tab === null ? '' : tabNames.has(tab) ? t(`tabs.${tab}`) : tab
  return (
    <Paper p="md" component="section" aria-label={result.mailbox}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <div>
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>{result.mailbox}</Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{result.address}</Text>
          </div>
          <Group gap="xs">
            {outcome === 'waiting' && <Loader size="xs" />}
            <Badge size="lg" color={outcomeColours[outcome]}>{t(`outcomes.${outcome}`)}</Badge>
          </Group>
        </Group>
        <Text size="sm">
          {t(`says.${outcome}`, { folder: result.folder ?? '', tab: where })}
          {took !== null && ` ${took < 1 ? t('took_at_once') : took < 120 ? t('took_seconds', { count: took }) : t('took_minutes', { count: Math.round(took / 60) })}`}
          {result.deleted_at !== null && ` ${t('was_deleted')}`}
        </Text>
        {result.error !== null && <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{result.error}</Text>}
        {authentication && <Checks authentication={authentication} />}
        {result.headers.length > 0 && (
          <div>
            <UnstyledButton onClick={toggle} aria-expanded={open}><Group gap={4}>{open ? <IconChevronDown size={15} aria-hidden /> : <IconChevronRight size={15} aria-hidden />}<Text size="sm">{t('headers')}</Text></Group></UnstyledButton>
            <Collapse expanded={open}>
              {authentication && authentication.hops.length > 0 && (
                <List size="sm" type="ordered" mt="xs" spacing={2}>
                  {authentication.hops.map((hop, index) => (
                    // oxlint-disable-next-line react/no-array-index-key -- the way of a mail never changes
                    <List.Item key={index}><Text span size="sm" style={{ overflowWrap: 'anywhere' }}>{hop.from ?? t('inside')} → {hop.by ?? '?'}{hop.encrypted === null ? '' : ` · ${t(hop.encrypted ? 'encrypted' : 'not_encrypted')}`}{hop.at === null ? '' : ` · ${format.dayAndTime(hop.at)}`}</Text></List.Item>
                  ))}
                </List>
              )}
              <Code block fz="xs" mt="xs" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 420, overflowY: 'auto' }} tabIndex={0}>{result.headers.map(header => `${header.name}: ${header.value}`).join('\n')}</Code>
            </Collapse>
          </div>
        )}
      </Stack>
    </Paper>
  )
}

/** SPF, DKIM, DMARC and encryption, as the receiver says, in words. */
function Checks({ authentication }: { authentication: Authentication }) {
  const { t } = useTranslation('placement')
  const { spf, dkim, dmarc, tls } = authentication
  const word = (result: string) => known.has(result) ? t(`results.${result}`) : result
  const colour = (result: string) => result === 'pass' ? 'pine' : result === 'none' || result === 'neutral' ? 'gray' : result === 'softfail' ? 'amber' : 'red'
  const line = (key: string, name: string, result: string, text: string) => <Group key={key} gap="xs" wrap="nowrap" align="flex-start"><Badge color={colour(result)} variant="light" style={{ flex: 'none' }}>{name}: {word(result)}</Badge><Text size="sm" style={{ overflowWrap: 'anywhere' }}>{text}</Text></Group>
  if (authentication.by === null && spf === null) return <Text size="sm" c="dimmed">{t('no_results')}</Text>
  return (
    <Stack gap={6}>
      {spf && line('spf', 'SPF', spf.result, t(spf.result === 'pass' ? 'spf_pass' : 'spf_not', { domain: spf.domain ?? '?' }))}
      {/* oxlint-disable-next-line react/no-array-index-key -- the results of a mail never change */}
      {dkim.map((each, index) => line(`dkim ${index}`, 'DKIM', each.result, t(each.result === 'pass' ? 'dkim_pass' : 'dkim_not', { domain: each.domain ?? '?', selector: each.selector ?? '–' })))}
      {dmarc && line('dmarc', 'DMARC', dmarc.result, t(dmarc.result === 'pass' ? 'dmarc_pass' : 'dmarc_not', { domain: dmarc.domain ?? '?', policy: dmarc.policy ?? '–' }))}
      {tls !== 'unknown' && <Text size="sm" c="dimmed">{t(`tls.${tls}`)}</Text>}
    </Stack>
  )
}

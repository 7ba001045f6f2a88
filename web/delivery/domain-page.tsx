import { Accordion, Alert, Badge, Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { DomainFinding, SendingDomain } from '../../shared/delivery.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { DomainChanges } from './domain-changes.tsx'
import { DomainKeys } from './domain-keys.tsx'
import { FindingDetails, LevelIcon, findingKey } from './domain-finding.tsx'
import { SendingAddresses } from './sending-addresses.tsx'

/** One sending domain as receivers see it: what is right, what is wrong, what to put where. */
export function Page() {
  const { t } = useTranslation('domains')
  const { id } = useParams()
  const { user } = useSession()
  const client = useQueryClient()
  const key = ['sending-domain', id]
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<SendingDomain>(`/sending-domains/${id}`, { signal }) })
  useLive(['sending-domains'], () => void client.invalidateQueries({ queryKey: key }))
  const check = useMutation({
    mutationFn: () => api.post<SendingDomain>(`/sending-domains/${id}/check`),
    onSuccess: (domain) => {
      client.setQueryData(key, domain)
      void client.invalidateQueries({ queryKey: ['list', `/sending-domains/${id}/changes`] })
    },
    onError: notifyError,
  })
  const addSecond = useMutation({
    mutationFn: () => api.post<SendingDomain>(`/sending-domains/${id}/second-key`),
    onSuccess: () => check.mutate(),
    onError: notifyError,
  })
  if (found.isPending) return <Skeleton height={320} radius="lg" />
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  const domain = found.data
  const result = domain.last_check
  const findings = result?.findings ?? []
  const groups = [
    { key: 'todo', findings: findings.filter(each => each.level === 'bad' || each.level === 'advice').toSorted((one, other) => Number(other.level === 'bad') - Number(one.level === 'bad')) },
    { key: 'unknown', findings: findings.filter(each => each.level === 'unknown') },
    { key: 'good', findings: findings.filter(each => each.level === 'good') },
    { key: 'optional', findings: findings.filter(each => each.level === 'optional') },
  ].filter(group => group.findings.length > 0)
  // Those that got no answer now, but are shown as they were found before.
  const older = (result?.unanswered ?? []).filter(kind => findings.some(each => each.kind === kind && each.level !== 'unknown'))
  const bad = findings.filter(each => each.level === 'bad').length
  const may = user.role === 'administrator'
  return (
    <>
      <PageHeader
        title={domain.domain}
        back={{ to: '/settings/sending', label: t('back') }}
        subtitle={t('subtitle')}
        actions={may && <Button variant="light" leftSection={<IconRefresh size={16} />} loading={check.isPending} onClick={() => check.mutate()}>{t('check')}</Button>}
      />
      <Stack gap="lg">
        {result === null && (
          <Paper><EmptyState title={t('not_checked')} text={t('not_checked_text')} action={may && <Button loading={check.isPending} onClick={() => check.mutate()}>{t('check')}</Button>} /></Paper>
        )}
        {result !== null && (
          <Group gap="xs">
            <Badge size="lg" color={bad > 0 ? 'red' : 'pine'}>{bad > 0 ? t('bad_count', { count: bad }) : t('all_good')}</Badge>
            {domain.is_sender && <Badge size="lg" color="gray">{t('delivery:your_sender')}</Badge>}
            <Text size="sm" c="dimmed">{t('checked')} <TimeAgo time={result.checked_at} /></Text>
          </Group>
        )}
        {older.length > 0 && <Alert color="gray" variant="light">{t('unanswered', { names: older.map(kind => t(`names.${kind}`)).join(', ') })}</Alert>}
        {groups.map(group => (
          <Paper key={group.key} p="md">
            <Title order={2} size="h4" mb="xs">{t(`groups.${group.key}`)}</Title>
            <Accordion multiple variant="default" chevronPosition="right" defaultValue={group.key === 'todo' ? group.findings.filter(each => each.level === 'bad').map(findingKey) : []} styles={{ content: { paddingInline: 0 }, control: { paddingInline: 0 }, label: { paddingBlock: 10 } }}>
              {group.findings.map(each => <Row key={findingKey(each)} finding={each} />)}
            </Accordion>
          </Paper>
        ))}
        <DomainKeys domain={domain} adding={addSecond.isPending || check.isPending} onSecondKey={() => addSecond.mutate()} />
        <SendingAddresses />
        <DomainChanges id={domain.id} />
      </Stack>
    </>
  )
}

function Row({ finding }: { finding: DomainFinding }) {
  const { t } = useTranslation('domains')
  return (
    <Accordion.Item value={findingKey(finding)}>
      <Accordion.Control icon={<LevelIcon level={finding.level} />}>
        <Text size="sm" fw={600}>{t(`names.${finding.kind}`)}</Text>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{t(`says.${finding.kind}.${finding.code}`, finding.values)}</Text>
      </Accordion.Control>
      <Accordion.Panel><FindingDetails finding={finding} /></Accordion.Panel>
    </Accordion.Item>
  )
}

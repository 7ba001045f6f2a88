import { useState } from 'react'
import { ActionIcon, Alert, Anchor, Badge, Button, Group, Paper, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SendingDomain } from '../../shared/delivery.ts'
import { api, type Page } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

const domainsKey = ['sending-domains']

/** Domains whose mails are signed, each with the record for its DNS. */
export function Domains() {
  const { t } = useTranslation('delivery')
  const { company } = useSession()
  const client = useQueryClient()
  const own = company.sender_email.split('@')[1] ?? ''
  const found = useQuery({ queryKey: domainsKey, queryFn: ({ signal }) => api.get<Page<SendingDomain>>('/sending-domains', { signal }) })
  const has = found.data?.data.some(domain => domain.is_sender) ?? true
  const [typed, setTyped] = useState<string | null>(null)
  const value = typed ?? (has ? '' : own)
  const add = useMutation({
    mutationFn: () => api.post<SendingDomain>('/sending-domains', { domain: value.trim() }),
    onSuccess: () => {
      setTyped('')
      void client.invalidateQueries({ queryKey: domainsKey })
    },
  })
  return (
    <Paper>
      <Stack gap="md">
        <div>
          <Title order={2} size="h3">{t('domains')}</Title>
          <Text size="sm" c="dimmed">{t('domains_text')}</Text>
        </div>
        {found.isPending && <Skeleton height={120} />}
        {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
        {found.isSuccess && !has && <Alert color="amber" variant="light">{t('sender_unsigned', { domain: own })}</Alert>}
        {found.data?.data.map(domain => <Domain key={domain.id} domain={domain} />)}
        <form onSubmit={(event) => {
          event.preventDefault()
          if (value.trim() !== '') add.mutate()
        }}
        >
          <Group align="flex-start" gap="xs">
            <TextInput aria-label={t('domain')} placeholder="shop.example" value={value} onChange={event => setTyped(event.currentTarget.value)} error={errorsByField(add.error)['domain']} flex={1} maw={320} />
            <Button type="submit" variant="light" loading={add.isPending} disabled={value.trim() === ''}>{t('add_domain')}</Button>
          </Group>
          <ErrorNotice error={add.error} shownFields={['domain']} />
        </form>
      </Stack>
    </Paper>
  )
}

function Domain({ domain }: { domain: SendingDomain }) {
  const { t } = useTranslation('delivery')
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: domainsKey })
  const check = useMutation({ mutationFn: () => api.post<SendingDomain>(`/sending-domains/${domain.id}/check`), onSuccess: refresh, onError: notifyError })
  const result = domain.last_check
  const bad = result?.findings.filter(finding => finding.level === 'bad').length ?? 0
  return (
    <Paper bg="var(--mantine-color-default-hover)" withBorder={false}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="xs">
            <Anchor component={Link} to={`/settings/sending/domains/${domain.id}`} fw={600} style={{ overflowWrap: 'anywhere' }}>{domain.domain}</Anchor>
            <Badge color={domain.verified_at ? 'pine' : 'amber'}>{t(domain.verified_at ? 'verified' : 'not_verified')}</Badge>
            {domain.is_sender && <Badge color="gray">{t('your_sender')}</Badge>}
          </Group>
          <ActionIcon variant="subtle" color="gray" aria-label={t('remove_domain')} title={t('remove_domain')} onClick={() => confirmDelete({ title: t('remove_domain_title', { domain: domain.domain }), text: t('remove_domain_text'), onConfirm: async () => { await api.delete(`/sending-domains/${domain.id}`); await refresh() } })}><IconTrash size={17} stroke={1.7} /></ActionIcon>
        </Group>
        {!domain.verified_at && (
          <>
            <Text size="sm">{t('put_record')}</Text>
            <CopyField label={t('record_name')} value={domain.record.name} />
            <CopyField label={t('record_value')} value={domain.record.value} multiline />
          </>
        )}
        {result && (
          <Group gap="xs">
            {bad > 0 && <Badge color="red" variant="light">{t('domains:bad_count', { count: bad })}</Badge>}
            <Text size="xs" c="dimmed">{t('checked')} <TimeAgo time={result.checked_at} /></Text>
          </Group>
        )}
        <Group gap="sm">
          <Button size="xs" variant="light" component={Link} to={`/settings/sending/domains/${domain.id}`}>{t('open_domain')}</Button>
          <Button size="xs" variant="subtle" loading={check.isPending} onClick={() => check.mutate()}>{t('check')}</Button>
        </Group>
      </Stack>
    </Paper>
  )
}

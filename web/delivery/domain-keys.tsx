import { Alert, Anchor, Badge, Button, Collapse, Divider, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SendingDomain } from '../../shared/delivery.ts'
import type { KeyAlgorithm, KeyRotation } from '../../shared/key-rotations.ts'
import { api, type Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { RotateByItself } from './rotate-by-itself.tsx'

const open = (rotation: KeyRotation): boolean => rotation.state !== 'done' && rotation.state !== 'given_up'
const notYet = (rotation: KeyRotation): boolean => rotation.state === 'waiting' || rotation.state === 'settling'

/** The keys a domain signs with, and their change without a gap: the new record first, then the new key, then the old record away. */
export function DomainKeys({ domain, onSecondKey, adding }: { domain: SendingDomain, onSecondKey: () => void, adding: boolean }) {
  const { t } = useTranslation('signing_keys')
  const { user } = useSession()
  const client = useQueryClient()
  const [shown, { toggle }] = useDisclosure(false)
  const key = ['key-rotations', domain.id]
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Page<KeyRotation>>(`/sending-domains/${domain.id}/key-rotations`, { signal }) })
  const refresh = () => client.invalidateQueries({ queryKey: key })
  useLive(['sending-domains'], () => void refresh())
  const start = useMutation({ mutationFn: (algorithm: KeyAlgorithm) => api.post(`/sending-domains/${domain.id}/key-rotations`, { algorithm }), onSuccess: refresh, onError: notifyError })
  const may = user.role === 'administrator'
  const rotations = found.data?.data ?? []
  const over = rotations.filter(each => !open(each))
  const keys = [
    { algorithm: 'rsa' as const, name: domain.record.name, inUse: domain.verified_at !== null },
    ...domain.second_key === null ? [] : [{ algorithm: 'ed25519' as const, name: domain.second_key.record.name, inUse: domain.second_key.seen_at !== null }],
  ]
  return (
    <Paper p="md">
      <Stack gap="md">
        <div>
          <Title order={2} size="h4">{t('title')}</Title>
          <Text size="sm" c="dimmed">{t('text')}</Text>
        </div>
        {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
        {keys.map(each => (
          <Stack key={each.algorithm} gap="xs">
            <Group justify="space-between" gap="xs">
              <div>
                <Group gap="xs"><Text size="sm" fw={600}>{t(`algorithms.${each.algorithm}`)}</Text><Badge color={each.inUse ? 'pine' : 'gray'}>{t(each.inUse ? 'signs' : 'not_seen')}</Badge></Group>
                <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{each.name}</Text>
              </div>
              {may && found.isSuccess && !rotations.some(rotation => rotation.algorithm === each.algorithm && notYet(rotation)) && (
                <Button size="xs" variant="light" loading={start.isPending && start.variables === each.algorithm} onClick={() => start.mutate(each.algorithm)}>{t('change')}</Button>
              )}
            </Group>
            {rotations.filter(rotation => rotation.algorithm === each.algorithm && open(rotation)).map(rotation => <Rotation key={rotation.id} rotation={rotation} may={may} onDone={refresh} />)}
          </Stack>
        ))}
        {domain.second_key === null && may && (
          <Stack gap="xs" align="flex-start">
            <Text size="sm" fw={600}>{t('second_key')}</Text>
            <Text size="sm">{t('second_key_text')}</Text>
            <Button size="xs" variant="light" loading={adding} onClick={onSecondKey}>{t('second_key_add')}</Button>
          </Stack>
        )}
        <Divider />
        <RotateByItself />
        {over.length > 0 && (
          <div>
            <Anchor component="button" type="button" size="sm" aria-expanded={shown} onClick={toggle}>{t('earlier', { count: over.length })}</Anchor>
            <Collapse expanded={shown}>
              <Stack gap={4} mt="xs">{over.map(rotation => <Over key={rotation.id} rotation={rotation} />)}</Stack>
            </Collapse>
          </div>
        )}
      </Stack>
    </Paper>
  )
}

/** One change that is under way: what is awaited, what to put into the DNS or take out of it. */
function Rotation({ rotation, may, onDone }: { rotation: KeyRotation, may: boolean, onDone: () => Promise<unknown> }) {
  const { t } = useTranslation('signing_keys')
  const format = useFormat()
  const check = useMutation({ mutationFn: () => api.post<KeyRotation>(`/key-rotations/${rotation.id}/check`), onSuccess: onDone, onError: notifyError })
  const giveUp = () => confirmDelete({ title: t('give_up_title'), text: t('give_up_text'), confirm: t('give_up'), onConfirm: async () => { await api.delete(`/key-rotations/${rotation.id}`); await onDone() } })
  const before = notYet(rotation)
  const record = before ? rotation.new_record : rotation.old_record
  const values = { signs_at: rotation.signs_at === null ? '' : format.time(rotation.signs_at), since: rotation.signs_since === null ? '' : format.dayAndTime(rotation.signs_since), until: rotation.remove_after === null ? '' : format.day(rotation.remove_after) }
  return (
    <Alert color={rotation.state === 'waiting' || rotation.state === 'removable' ? 'amber' : 'pine'} variant="light" title={t(`states.${rotation.state}`, values)} component="section">
      <Stack gap="sm">
        <Text size="sm">{t(`texts.${rotation.state}`, values)}</Text>
        {record !== null && (
          <>
            <CopyField label={t(before ? 'new_name' : 'old_name')} value={record.name} />
            {before && <CopyField label={t('value')} value={record.value} multiline />}
          </>
        )}
        <Group gap="sm">
          {may && <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>{t('check')}</Button>}
          {may && before && <Button size="xs" variant="subtle" color="gray" onClick={giveUp}>{t('give_up')}</Button>}
          <Text size="xs" c="dimmed">
            {rotation.checked_at === null || rotation.last_seen === null ? t('not_checked') : <>{t(`${before ? 'new' : 'old'}_looks.${rotation.last_seen}`)} · <TimeAgo time={rotation.checked_at} /></>}
          </Text>
        </Group>
      </Stack>
    </Alert>
  )
}

function Over({ rotation }: { rotation: KeyRotation }) {
  const { t } = useTranslation('signing_keys')
  const format = useFormat()
  const early = rotation.gone_at !== null && rotation.remove_after !== null && rotation.gone_at < rotation.remove_after
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {rotation.state === 'given_up'
        ? t('over.given_up', { algorithm: t(`algorithms.${rotation.algorithm}`), day: format.day(rotation.given_up_at!) })
        : t(early ? 'over.early' : 'over.done', { algorithm: t(`algorithms.${rotation.algorithm}`), since: format.day(rotation.signs_since!), gone: format.day(rotation.gone_at!), name: rotation.old_record?.name ?? '' })}
    </Text>
  )
}

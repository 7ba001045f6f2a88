import { useState } from 'react'
import { ActionIcon, Alert, Badge, Box, Button, Group, Modal, Paper, PasswordInput, Select, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { provider, type ProviderHook } from '../../shared/inbound.ts'
import { api, type Page } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

const hooksKey = ['provider-hooks']

/** Where mail providers report what became of mails handed over to them. */
export function ProviderHooks() {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const [editing, setEditing] = useState<ProviderHook | 'new' | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: hooksKey })
  const found = useQuery({ queryKey: hooksKey, queryFn: ({ signal }) => api.get<Page<ProviderHook>>('/provider-hooks', { signal }) })
  return (
    <Paper>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <Box flex={1} miw={260}>
            <Title order={2} size="h3">{t('hooks.title')}</Title>
            <Text size="sm" c="dimmed">{t('hooks.text')}</Text>
          </Box>
          <Button variant="light" leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')} style={{ flex: 'none' }}>{t('hooks.add')}</Button>
        </Group>
        {found.isPending && <Skeleton height={60} />}
        {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
        {found.data?.data.length === 0 && <Text size="sm">{t('hooks.none')}</Text>}
        {found.data?.data.map(hook => <Row key={hook.id} hook={hook} onEdit={() => setEditing(hook)} refresh={refresh} />)}
      </Stack>
      <Modal opened={editing !== null} onClose={() => setEditing(null)} title={<Text fw={600}>{editing === 'new' ? t('hooks.add') : t('hooks.edit')}</Text>}>
        {editing !== null && <HookForm hook={editing === 'new' ? null : editing} onDone={() => { setEditing(null); void refresh() }} />}
      </Modal>
    </Paper>
  )
}

function Row({ hook, onEdit, refresh }: { hook: ProviderHook, onEdit: () => void, refresh: () => Promise<unknown> }) {
  const { t } = useTranslation('inbound')
  const remove = () => confirmDelete({ title: t('hooks.remove_title', { name: hook.name }), text: t('hooks.remove_text'), onConfirm: async () => { await api.delete(`/provider-hooks/${hook.id}`); await refresh() } })
  return (
    <Paper bg="var(--mantine-color-default-hover)" withBorder={false} component="section" aria-label={hook.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="xs"><Text fw={600}>{hook.name}</Text><Badge color="gray">{t(`hooks.providers.${hook.provider}`)}</Badge></Group>
          <Group gap={4} wrap="nowrap">
            <Button size="compact-sm" variant="subtle" onClick={onEdit}>{t('hooks.edit_short')}</Button>
            <ActionIcon variant="subtle" color="gray" aria-label={t('hooks.remove_title', { name: hook.name })} onClick={remove}><IconTrash size={17} stroke={1.7} /></ActionIcon>
          </Group>
        </Group>
        <CopyField label={t('hooks.url')} value={hook.url} />
        {hook.needs_secret && !hook.has_secret && <Alert color="amber" variant="light">{t(`hooks.key_missing`)} {t(`hooks.secrets.${hook.provider}`)}</Alert>}
        {hook.refusal !== null && hook.refused_at !== null && (hook.received_at === null || hook.refused_at > hook.received_at) && <Alert color="red" variant="light">{t('hooks.refused')}: {hook.refusal} <Text span size="sm">(<TimeAgo time={hook.refused_at} />)</Text></Alert>}
        <Text size="xs" c="dimmed">{hook.received_at === null ? t('hooks.never') : <>{t('hooks.received', { count: hook.received })} <TimeAgo time={hook.received_at} /></>}</Text>
      </Stack>
    </Paper>
  )
}

function HookForm({ hook, onDone }: { hook: ProviderHook | null, onDone: () => void }) {
  const { t } = useTranslation('inbound')
  const form = useForm({ initialValues: { name: hook?.name ?? '', provider: hook?.provider ?? 'ses' as ProviderHook['provider'], secret: '', topic_arn: hook?.topic_arn ?? '' } })
  const { values } = form
  const save = useMutation({
    mutationFn: () => {
      const { provider: chosen, secret, topic_arn } = values
      const name = values.name.trim() === '' ? t(`hooks.providers.${chosen}`) : values.name
      const kept = secret === '' ? {} : { secret }
      return hook === null ? api.post('/provider-hooks', { name, provider: chosen, topic_arn, ...kept }) : api.patch(`/provider-hooks/${hook.id}`, { name, topic_arn, ...kept })
    },
    onSuccess: onDone,
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())}>
      <Stack gap="sm">
        <Select label={t('hooks.provider')} allowDeselect={false} disabled={hook !== null} {...form.getInputProps('provider')} data={provider.options.map(value => ({ value, label: t(`hooks.providers.${value}`) }))} />
        <TextInput label={t('hooks.name')} placeholder={t(`hooks.providers.${values.provider}`)} {...form.getInputProps('name')} />
        {values.provider === 'ses'
          ? <TextInput label={t('hooks.topic_arn')} description={t('hooks.topic_text')} placeholder="arn:aws:sns:…" {...form.getInputProps('topic_arn')} />
          : <PasswordInput label={t('hooks.secret')} description={t(`hooks.secrets.${values.provider}`)} autoComplete="new-password" placeholder={hook?.has_secret ? t('mailboxes.kept') : ''} {...form.getInputProps('secret')} />}
        <ErrorNotice error={save.error} shownFields={Object.keys(values)} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

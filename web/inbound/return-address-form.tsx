import { Button, Code, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { InboundSettings } from '../../shared/inbound.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { inboundKey } from './inbound-key.ts'

/** Where mails that cannot be delivered come back to. */
export function ReturnAddressForm({ settings }: { settings: InboundSettings }) {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const form = useForm({ initialValues: { return_address: settings.return_address } })
  const save = useMutation({
    mutationFn: () => api.put<InboundSettings>('/incoming-mail', form.values),
    onSuccess: (saved) => {
      client.setQueryData(inboundKey, saved)
      form.setValues({ return_address: saved.return_address })
      form.resetDirty({ return_address: saved.return_address })
      notifyDone(t('app:saved'))
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <Paper>
      <form onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack gap="sm">
          <div>
            <Title order={2} size="h3">{t('return.title')}</Title>
            <Text size="sm" c="dimmed">{t('return.text')}</Text>
          </div>
          <Group align="flex-start" gap="xs">
            <TextInput aria-label={t('return.address')} placeholder="bounces.shop.example" flex={1} maw={420} {...form.getInputProps('return_address')} />
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>{t('app:save')}</Button>
          </Group>
          <ErrorNotice error={save.error} shownFields={['return_address']} />
          <Text size="sm" c="dimmed">{settings.example === null ? t('return.none') : t('return.example')}</Text>
          {settings.example !== null && <Code block fz="xs" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{settings.example}</Code>}
        </Stack>
      </form>
    </Paper>
  )
}

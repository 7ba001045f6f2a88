import { Button, Code, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { InboundSettings } from '../../shared/inbound.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useSettingsForm } from './use-settings-form.ts'

/** Where mails that cannot be delivered come back to. */
export function ReturnAddressForm({ settings }: { settings: InboundSettings }) {
  const { t } = useTranslation('inbound')
  const { form, save } = useSettingsForm(settings, ({ return_address }) => ({ return_address }))
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

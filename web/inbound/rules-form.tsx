import { Button, Group, NumberInput, Paper, Stack, Switch, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { InboundSettings } from '../../shared/inbound.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useSettingsForm } from './use-settings-form.ts'

type Values = Pick<InboundSettings, 'soft_bounces' | 'soft_bounce_days' | 'reply_tasks' | 'stranger_leads' | 'keep_days'>
const valuesOf = ({ soft_bounces, soft_bounce_days, reply_tasks, stranger_leads, keep_days }: InboundSettings): Values => ({ soft_bounces, soft_bounce_days, reply_tasks, stranger_leads, keep_days })

/** What follows from mail that comes back. */
export function RulesForm({ settings }: { settings: InboundSettings }) {
  const { t } = useTranslation('inbound')
  const { form, save } = useSettingsForm(settings, valuesOf)
  return (
    <Paper>
      <form onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack gap="sm">
          <div>
            <Title order={2} size="h3">{t('rules.title')}</Title>
            <Text size="sm" c="dimmed">{t('rules.text')}</Text>
          </div>
          <Group grow align="flex-end" preventGrowOverflow={false}>
            <NumberInput label={t('rules.soft_bounces')} min={1} max={100} allowDecimal={false} {...form.getInputProps('soft_bounces')} />
            <NumberInput label={t('rules.soft_bounce_days')} min={1} max={365} allowDecimal={false} {...form.getInputProps('soft_bounce_days')} />
            <NumberInput label={t('rules.keep_days')} min={1} max={3650} allowDecimal={false} {...form.getInputProps('keep_days')} />
          </Group>
          <Switch label={t('rules.reply_tasks')} description={t('rules.reply_tasks_text')} {...form.getInputProps('reply_tasks', { type: 'checkbox' })} />
          <Switch label={t('rules.stranger_leads')} description={t('rules.stranger_leads_text')} {...form.getInputProps('stranger_leads', { type: 'checkbox' })} />
          <ErrorNotice error={save.error} shownFields={Object.keys(form.values)} />
          <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>{t('app:save')}</Button></Group>
        </Stack>
      </form>
    </Paper>
  )
}
